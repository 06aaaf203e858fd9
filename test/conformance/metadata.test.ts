import { afterEach, describe, expect, it, vi } from "vitest";
import { type Client, connect, WigwagError } from "../../src/client/index.ts";
import { type MetadataSet, metadata } from "../../src/client/metadata/index.ts";
import { buildToken } from "../../src/client/token.ts";
import { LIMITS } from "../../src/protocol/limits.ts";
import { closeAll, fresh, joinDirect, login, messageChannel, service } from "../support/accounts.ts";
import { APP, CERTIFICATE, startKillable, storm } from "../support/killable.ts";
import { PATIENCE } from "../support/patience.ts";
import { randomFrom } from "../support/random.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  closeAll();
  for (const end of ends.splice(0).reverse()) await end();
});

describe("metadata over real sockets", () => {
  it("[ME1] [ME3] [ME5] [ME10] a channel's is written by revision, and told its members on both kinds of socket", async () => {
    const name = fresh("lobby");
    const channel = messageChannel(name);
    const [ann, bob, cy] = [await login(fresh("ann")), await login(fresh("bob")), await login(fresh("cy"))];
    const direct = await joinDirect(ann, name);
    await bob.client.ok("channel.join", { channel, via: "session" });
    const written = await cy.client.ok("channel-metadata.set", {
      channel,
      items: [{ key: "seat", value: "é".repeat(8_000) }],
      recordAuthor: true,
      recordTime: true,
    });
    expect(written).toEqual({ majorRevision: 1, count: 1 });
    for (const { client } of [direct, bob]) {
      const { items, ...told } = await client.notice("channel.metadata");
      expect(told).toMatchObject({ channel, by: cy.user, majorRevision: 1 });
      expect(items).toEqual([{ key: "seat", value: "é".repeat(8_000), revision: 1, updatedAt: expect.any(Number), updatedBy: cy.user }]);
    }
    const outdated = { channel, items: [{ key: "seat", value: "x", revision: 7 }] };
    expect(await ann.client.refused("channel-metadata.set", outdated)).toMatchObject({ code: "conflict", field: "items.0" });
    expect(await ann.client.refused("channel-metadata.update", { channel, items: [{ key: "none", value: "" }] })).toMatchObject({ code: "not_found" });
    const tooMuch = { channel, items: [{ key: "more", value: "x".repeat(400) }] };
    expect(await ann.client.refused("channel-metadata.set", tooMuch)).toMatchObject({ code: "too_large", field: "items", limit: LIMITS.metadataBytes });
    expect(await ann.client.ok("channel-metadata.get", { channel, known: 1 })).toEqual({ majorRevision: 1, unchanged: true });
    // Over the channel's own socket, too.
    expect(await direct.client.ok("channel-metadata.remove", { majorRevision: 1 })).toEqual({ majorRevision: 2, count: 0 });
  });

  it("[ME7] a write whose answer was lost with the socket gets it when it comes again, and is not done twice", async () => {
    const [ann, bob] = [await login(fresh("ann")), await login(fresh("bob"))];
    const write = { user: bob.user, items: [{ key: "n", value: "1", revision: 0 }] };
    const id = ann.client.submit("user-metadata.set", write);
    await vi.waitFor(async () => expect(await bob.client.ok("user-metadata.get", {})).toMatchObject({ majorRevision: 1 }), { ...PATIENCE, interval: 200 });
    ann.client.terminate();
    await bob.client.ok("user-metadata.set", { items: [{ key: "n", value: "2" }] });
    const { client } = await login(ann.user);
    client.post({ type: "request", id, op: "user-metadata.set", input: write });
    expect(await client.replyTo(id)).toMatchObject({ ok: { majorRevision: 1, count: 1 } });
    expect(await bob.client.ok("user-metadata.get", {})).toMatchObject({ majorRevision: 2, items: [{ value: "2" }] });
  });

  it("[ME23] more than 20 calls at once are refused for the rate, over either socket", async () => {
    const name = fresh("lobby");
    const ann = await login(fresh("ann"));
    const direct = await joinDirect(ann, name);
    for (const client of [ann.client, direct.client]) {
      const ids = Array.from({ length: 80 }, () => client.submit("channel-metadata.get", { channel: messageChannel(name) }));
      const answers = await Promise.all(ids.map((id) => client.replyTo(id)));
      expect(answers.slice(0, 20).every(({ ok }) => ok !== undefined)).toBe(true);
      expect(answers).toContainEqual(expect.objectContaining({ error: expect.objectContaining({ code: "rate_limited", retryAfterMs: expect.any(Number) }) }));
    }
  });

  it("[ME11] [ME13] a watcher that comes back learns what it missed, and what is new", async () => {
    const [ann, bob] = [await login(fresh("ann")), await login(fresh("bob"))];
    const write = (value: string) => ann.client.ok("user-metadata.set", { items: [{ key: "mood", value }] });
    expect(await bob.client.ok("user-metadata.subscribe", { user: ann.user })).toEqual({ majorRevision: 0, items: [] });
    await write("calm");
    expect(await bob.client.notice("user.metadata")).toMatchObject({ user: ann.user, majorRevision: 1, items: [{ key: "mood", value: "calm" }] });
    bob.client.terminate();
    await write("glad");
    const back = await login(bob.user);
    await vi.waitFor(async () => {
      expect(await back.client.ok("user-metadata.subscriptions", {})).toEqual({ users: [{ user: ann.user, majorRevision: 2 }] });
    }, PATIENCE);
    await write("wild");
    expect(await back.client.notice("user.metadata")).toMatchObject({ majorRevision: 3 });
  });

  it("[UA90] [UA91] [UA92] [UA93] attributes of a login end with it, and last over a reconnect", async () => {
    const [ann, bob] = [await login(fresh("ann")), await login(fresh("bob"))];
    const attributes = [{ key: "mood", value: "calm" }];
    await ann.client.ok("user-attributes.set", { attributes, lifetime: "login" });
    const read = () => bob.client.ok("user-attributes.get", { user: ann.user });
    ann.client.terminate();
    const again = await login(ann.user);
    expect(await read()).toEqual({ attributes, online: true });
    again.client.terminate();
    await vi.waitFor(async () => expect(await read()).toEqual({ attributes: [], online: false }), {
      timeout: 4 * LIMITS.leaseMs * service().scale + PATIENCE.timeout,
      interval: 200,
    });
    const late = await login(ann.user);
    expect(await read()).toEqual({ attributes: [], online: true });
    await late.client.ok("user-attributes.set", { attributes, lifetime: "login" });
    await late.client.ok("session.logout", {});
    expect(await read()).toEqual({ attributes: [], online: false });
  });
});

/** The same every time unless the environment names one. */
const SEED = Number(process.env.WIGWAG_SEED ?? "20261101");
const ROUNDS = process.env.WIGWAG_FULL ? 30 : 4;
const CALL = { timeoutMs: 60_000 };
const lobby = { type: "message" as const, name: "lobby" };

describe("the server is killed", () => {
  it(`[ME6] [ME8] [ME18] [ME19] [UA90] [CA90] ${ROUNDS} times: each increment counts once, watchers end with the newest set, what lasts with a login or a member is there`, {
    timeout: 60_000 + ROUNDS * 10_000,
  }, async () => {
    const { server, end } = await startKillable();
    ends.push(end);
    const come = async (user: string): Promise<Client> => {
      const token = () => buildToken({ appId: APP, certificate: CERTIFICATE, userId: user, expireSeconds: 3600 });
      const client = await connect({ url: server.url, app: APP, user, token, device: "d", timings: { reconnectCapMs: 1_000 } });
      // Without a server no connection can be made: that is what this is about.
      client.on("error", () => {});
      ends.push(() => client.close());
      return client;
    };
    const writers = await Promise.all(["ann", "bob", "cy"].map(come));
    const watcher = await come("watcher");
    const heard = { channel: 0, user: 0 };
    const store = metadata(watcher);
    store.on("channel", ({ set }) => {
      heard.channel = set.majorRevision;
    });
    store.on("user", ({ set }) => {
      heard.user = set.majorRevision;
    });
    await store.follow(await watcher.join("lobby"));
    await store.subscribe("score");
    const attributes = [{ key: "mood", value: "calm" }];
    await watcher.call("user-attributes.set", { attributes, lifetime: "login" }, CALL);
    await watcher.call("channel-attributes.set", { channel: lobby, attributes }, CALL);

    let running = true;
    const counts = await (async () => {
      const work = writers.flatMap((writer, index) =>
        (["channel", "user"] as const).map((owner) => count(writer, owner, index % 2 === 0 ? "set" : "item", () => running)),
      );
      await storm(server, ROUNDS, randomFrom(SEED));
      running = false;
      return Promise.all(work);
    })();

    const [ann] = writers as [Client];
    const final = { channel: await read(ann, "channel"), user: await read(ann, "user") };
    for (const owner of ["channel", "user"] as const) {
      const done = counts.filter((one) => one.owner === owner).reduce((sum, { successes }) => sum + successes, 0);
      expect({ owner, value: counted(final[owner]), revision: final[owner].majorRevision }).toEqual({ owner, value: done, revision: done });
      expect(done).toBeGreaterThan(ROUNDS);
    }
    console.log(`kill: seed ${SEED}, ${ROUNDS} rounds: ${JSON.stringify(counts.map(({ successes, conflicts }) => [successes, conflicts]))}`);
    await vi.waitFor(() => expect(heard).toEqual({ channel: final.channel.majorRevision, user: final.user.majorRevision }), { timeout: 20_000, interval: 100 });
    expect(await ann.call("user-attributes.get", { user: "watcher" }, CALL)).toEqual({ attributes, online: true });
    expect((await ann.call("channel-attributes.get", { channel: lobby }, CALL)).attributes).toMatchObject(attributes);
  });
});

const read = async (client: Client, owner: "channel" | "user"): Promise<MetadataSet> => {
  const set =
    owner === "channel" ? await client.call("channel-metadata.get", { channel: lobby }, CALL) : await client.call("user-metadata.get", { user: "score" }, CALL);
  return "items" in set ? set : { majorRevision: set.majorRevision, items: [] };
};
const counted = ({ items }: MetadataSet): number => Number(items[0]?.value ?? 0);

/** Reads, and writes one more if nobody came between; as often as it can. */
async function count(client: Client, owner: "channel" | "user", guard: "set" | "item", goesOn: () => boolean) {
  const tally = { owner, successes: 0, conflicts: 0 };
  while (goesOn()) {
    try {
      const before = await read(client, owner);
      const items = [{ key: "n", value: String(counted(before) + 1), revision: guard === "item" ? (before.items[0]?.revision ?? 0) : -1 }];
      const write = { items, majorRevision: guard === "set" ? before.majorRevision : -1 };
      if (owner === "channel") await client.call("channel-metadata.set", { channel: lobby, ...write }, CALL);
      else await client.call("user-metadata.set", { user: "score", ...write }, CALL);
      tally.successes += 1;
    } catch (error) {
      if (!(error instanceof WigwagError)) throw error;
      if (error.code === "conflict") tally.conflicts += 1;
      else if (error.retryAfterMs === undefined || error.code !== "rate_limited") throw error;
      await new Promise((resolve) => setTimeout(resolve, error.retryAfterMs ?? 0));
    }
  }
  return tally;
}
