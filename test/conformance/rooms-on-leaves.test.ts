import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRoom, openRoom, type Room, type RoomMessage } from "../../src/client/chat/index.ts";
import { type Client, connect } from "../../src/client/index.ts";
import { buildToken } from "../../src/client/token.ts";
import { leafOf } from "../../src/domain/channel/relay-plan.ts";
import { API_KEY, APP, CERTIFICATE, type Killable, startKillable } from "../support/killable.ts";

/** More than these are counted. */
const COUNTED = 25;

let service: Killable;
const open: Client[] = [];
beforeAll(async () => {
  service = await startKillable({
    ...{ WIGWAG_CHANNEL_HUB_MEMBERS: "8", WIGWAG_CHANNEL_LEAF_MEMBERS: "6", WIGWAG_TIME_SCALE: "0.1" },
    WIGWAG_CHANNEL_COUNTED_MEMBERS: String(COUNTED),
  });
}, 60_000);
afterAll(async () => {
  for (const client of open) client.close();
  await service.end();
});

async function login(user: string): Promise<Client> {
  const token = () => buildToken({ appId: APP, certificate: CERTIFICATE, userId: user, expireSeconds: 3600 });
  const client = await connect({ url: service.server.url, app: APP, user, token, device: "d", timings: { reconnectCapMs: 1_000 } });
  client.on("error", () => {});
  open.push(client);
  return client;
}

async function read<Answer>(path: string): Promise<Answer> {
  const headers = { authorization: `Bearer ${API_KEY}`, "x-wigwag-app": APP };
  return (await (await fetch(`${service.server.url}/v1/${path}`, { headers })).json()) as Answer;
}

interface Load {
  readonly plan: { readonly leaves: number };
  readonly leaves: readonly { readonly leaf: number; readonly sockets: number }[];
}

/** Whether there are leaves, and everybody sits where the plan has them: nobody is on the way. */
async function inPlace(name: string, users: readonly string[]): Promise<boolean> {
  const { plan, leaves } = await read<Load>(`channels/room/${name}/load`);
  const places = users.map((user) => leafOf(user, plan.leaves));
  const sockets = leaves.reduce((sum, one) => sum + one.sockets, 0);
  return plan.leaves > 1 && sockets === users.length && leaves.every(({ leaf, sockets: here }) => here === places.filter((place) => place === leaf).length);
}

const textsOf = (messages: readonly RoomMessage[]): string[] => messages.flatMap(({ content }) => (content.type === "text" ? [content.text] : []));

describe("a room that outgrows its object", () => {
  it.each([
    ["[RC13]", "known by name", "arena", 20],
    ["[RC14]", "counted", "stadium", 30],
  ] as const)(
    "%s [RC3] [RC10] [RC12] [RJ1] [RK3] is the same room for who sits on a leaf, and is %s: messages, edits, a word for some, removal, keys",
    {
      timeout: 120_000,
    },
    async (_rule, _how, name, guests) => {
      const host = await login(`host of ${name}`);
      await createRoom(host, name, { name: "Arena" });
      const rooms: Room[] = [await openRoom(host, name)];
      const guest = (n: number): string => `guest${n} of ${name}`;
      for (let n = 0; n < guests; n++) rooms.push(await openRoom(await login(guest(n)), name));
      const users = [host.user, ...Array.from({ length: guests }, (_, n) => guest(n))];
      await expect.poll(() => inPlace(name, users), { timeout: 40_000 }).toBe(true);
      const [ours, first, second, third] = rooms as [Room, Room, Room, Room];
      const { id = "" } = await first.send("from a leaf");
      await first.edit(id, "said on a leaf");
      for (const room of rooms) await expect.poll(() => textsOf(room.messages)).toEqual(["said on a leaf"]);
      expect(await first.send("psst", { receivers: [guest(1), host.user, "nobody"] })).toMatchObject({ absent: ["nobody"] });
      for (const [who, room] of [ours, first, second].entries())
        await expect.poll(() => textsOf(room.messages), { message: `${who}` }).toEqual(["said on a leaf", "psst"]);
      await second.setKeys({ seat: guest(1) });
      await expect.poll(() => third.keys.get("seat")?.value).toBe(guest(1));
      await expect.poll(async () => (await ours.call("room.members", { limit: 50 })).members.length).toBe(guests + 1);
      const closed = new Promise((resolve) => second.on("closed", resolve));
      expect(await ours.call("room.remove", { users: [guest(1)] })).toEqual({ failed: [] });
      expect(await closed).toMatchObject({ code: 4209 });
      await expect.poll(() => third.keys.size).toBe(0);
      await ours.send("the end");
      for (const room of rooms) if (room !== second) await expect.poll(() => textsOf(room.messages).at(-1)).toBe("the end");
      expect(textsOf(third.messages)).toEqual(["said on a leaf", "the end"]);
    },
  );
});
