import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRoom, openRoom, type Room, type RoomMessage } from "../../src/client/chat/index.ts";
import { type Client, connect } from "../../src/client/index.ts";
import { buildToken } from "../../src/client/token.ts";
import { API_KEY, APP, CERTIFICATE, type Killable, startKillable } from "../support/killable.ts";

const GUESTS = 20;
const NAME = "arena";

let service: Killable;
const open: Client[] = [];
beforeAll(async () => {
  service = await startKillable({ WIGWAG_CHANNEL_HUB_MEMBERS: "8", WIGWAG_CHANNEL_LEAF_MEMBERS: "6", WIGWAG_TIME_SCALE: "0.1" });
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

async function load(): Promise<{ plan: { leaves: number }; sockets: number }> {
  const headers = { authorization: `Bearer ${API_KEY}`, "x-wigwag-app": APP };
  const answer = await fetch(`${service.server.url}/v1/channels/room/${NAME}/load`, { headers });
  return (await answer.json()) as { plan: { leaves: number }; sockets: number };
}

const textsOf = (messages: readonly RoomMessage[]): string[] => messages.flatMap(({ content }) => (content.type === "text" ? [content.text] : []));

describe("a room that outgrows its object", () => {
  it("[RC3] [RC10] [RC12] [RJ1] [RK3] is the same room for who sits on a leaf: messages, edits, a word for some, removal, keys", {
    timeout: 120_000,
  }, async () => {
    const host = await login("host");
    await createRoom(host, NAME, { name: "Arena" });
    const rooms: Room[] = [await openRoom(host, NAME)];
    for (let n = 0; n < GUESTS; n++) rooms.push(await openRoom(await login(`guest${n}`), NAME));
    await expect.poll(load, { timeout: 40_000 }).toMatchObject({ plan: { leaves: expect.toSatisfy((leaves: number) => leaves > 1) }, sockets: GUESTS + 1 });
    const [ours, first, second, third] = rooms as [Room, Room, Room, Room];
    const { id = "" } = await first.send("from a leaf");
    await first.edit(id, "said on a leaf");
    for (const room of rooms) await expect.poll(() => textsOf(room.messages), { timeout: 10_000 }).toEqual(["said on a leaf"]);
    expect(await first.send("psst", { receivers: ["guest1", "host", "nobody"] })).toMatchObject({ absent: ["nobody"] });
    for (const room of [ours, first, second]) await expect.poll(() => textsOf(room.messages), { timeout: 10_000 }).toEqual(["said on a leaf", "psst"]);
    await second.setKeys({ seat: "guest1" });
    await expect.poll(() => third.keys.get("seat")?.value, { timeout: 10_000 }).toBe("guest1");
    const closed = new Promise((resolve) => second.on("closed", resolve));
    expect(await ours.call("room.remove", { users: ["guest1"] })).toEqual({ failed: [] });
    expect(await closed).toMatchObject({ code: 4209 });
    await expect.poll(() => third.keys.size, { timeout: 10_000 }).toBe(0);
    await ours.send("the end");
    for (const room of rooms) if (room !== second) await expect.poll(() => textsOf(room.messages).at(-1), { timeout: 10_000 }).toBe("the end");
    expect(textsOf(third.messages)).toEqual(["said on a leaf", "the end"]);
  });
});
