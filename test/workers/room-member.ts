import { env } from "cloudflare:workers";
import type { RoomEdit, RoomEvent, RoomMessage } from "../../src/protocol/messages/room.ts";
import type { OperationName } from "../../src/protocol/operations/catalogue.ts";
import { readRoomItem } from "../../src/protocol/room-payload.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { channelName } from "../../src/server/objects/locate.ts";
import { type ChannelTrust, TRUST_HEADER } from "../../src/server/trust.ts";
import { Chatter, words } from "./chatter.ts";
import { APP, Device } from "./device.ts";

export const refOf = (room: string) => ({ type: "room" as const, name: room });
export const roomStub = (room: string) => env.CHANNEL.getByName(channelName(APP, refOf(room)));

/** What a server of the app does. */
export const asServer = (room: string) => (op: OperationName, input: object) =>
  roomStub(room).call({ op, input: { room, ...input }, caller: { kind: "server", app: APP }, settings: DEFAULT_SETTINGS });

type Seen = Record<string, unknown>;

/** What has been heard of a room on this device, in order. */
export function heardOn(device: Device): { texts: string[]; recalled: string[]; events: RoomEvent[]; messages: RoomMessage[]; edits: RoomEdit[] } {
  const messages: RoomMessage[] = [];
  const recalled: string[] = [];
  const events: RoomEvent[] = [];
  const edits: RoomEdit[] = [];
  for (const seen of device.seen as Seen[]) {
    if (seen.type === "notice" && seen.name === "room.event") events.push(seen.event as RoomEvent);
    for (const item of seen.type === "events" ? (seen.items as never[]) : []) {
      const said = readRoomItem(item);
      if (said === undefined) continue;
      if ("message" in said) messages.push(said.message);
      else if ("edit" in said) edits.push(said.edit);
      else recalled.push(said.recalled);
    }
  }
  const texts = messages.flatMap(({ content }) => (content.type === "text" ? [content.text] : []));
  return { texts, recalled, events, messages, edits };
}

/** Waits until the device has heard what is asked for. */
export async function hears(device: Device, is: (heard: ReturnType<typeof heardOn>) => boolean): Promise<ReturnType<typeof heardOn>> {
  for (;;) {
    const heard = heardOn(device);
    if (is(heard)) return heard;
    await device.any();
  }
}

/** Somebody with a session, who may join rooms on it. */
export class Guest {
  readonly user: string;
  readonly room: string;
  readonly chatter: Chatter;

  constructor(user: string, room: string, chatter: Chatter) {
    this.user = user;
    this.room = room;
    this.chatter = chatter;
  }

  static async login(user: string, room: string): Promise<Guest> {
    return new Guest(user, room, await Chatter.login(user));
  }

  get device(): Device {
    return this.chatter.device;
  }

  ok(op: OperationName, input: object = {}): Promise<Seen> {
    return this.chatter.ok(op, { room: this.room, ...input });
  }

  code(op: OperationName, input: object = {}): Promise<unknown> {
    return this.chatter.code(op, { room: this.room, ...input });
  }

  join(): Promise<Seen> {
    return this.chatter.ok("channel.join", { channel: refOf(this.room), via: "session" });
  }

  joinCode(via: "session" | "direct" = "session"): Promise<unknown> {
    return this.chatter.code("channel.join", { channel: refOf(this.room), via });
  }

  leave(): Promise<Seen> {
    return this.chatter.ok("channel.leave", { channel: refOf(this.room) });
  }

  say(text: string, more: object = {}): Promise<Seen> {
    return this.ok("room.send", { key: text.replaceAll(/\W/g, "-"), content: words(text), ...more });
  }
}

/** Over a direct socket, admitted as the entry Worker would; undefined where it is refused, with the close. */
export async function direct(room: string, user: string, more: Partial<ChannelTrust> = {}): Promise<Device> {
  const trust: ChannelTrust = {
    app: APP,
    user,
    device: "d",
    generation: 1,
    channel: refOf(room),
    read: true,
    write: false,
    keepAliveMs: 30_000,
    settings: DEFAULT_SETTINGS,
    ...more,
  };
  const headers = { upgrade: "websocket", [TRUST_HEADER]: encodeURIComponent(JSON.stringify(trust)) };
  const { webSocket } = await roomStub(room).fetch("https://object/channel", { headers });
  if (webSocket === null) throw new Error("no socket");
  return new Device(webSocket);
}
