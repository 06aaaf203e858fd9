import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it, vi } from "vitest";
import { type MetadataEvents, type MetadataSet, type MetadataStore, metadata } from "../../../src/client/metadata/index.ts";
import { wireError } from "../../../src/protocol/errors.ts";
import type { Request } from "../../../src/protocol/messages/request.ts";
import { connected, login } from "../../support/connected.ts";

const lobby = { type: "message" as const, name: "lobby" };
const setOf = (majorRevision: number): MetadataSet => ({ majorRevision, items: [{ key: "n", value: String(majorRevision), revision: majorRevision }] });
const ofBob = (majorRevision: number) => ({ type: "notice" as const, name: "user.metadata" as const, user: "bob", by: "eve", ...setOf(majorRevision) });
const ofLobby = (majorRevision: number) => ({ type: "notice" as const, name: "channel.metadata" as const, channel: lobby, by: "eve", ...setOf(majorRevision) });

function heard<Name extends keyof MetadataEvents>(store: MetadataStore, name: Name): [string | undefined, number][] {
  const events: [string | undefined, number][] = [];
  store.on(name, ({ by, set }) => events.push([by, set.majorRevision]));
  return events;
}

/** A client and its store, and a service whose sets a test moves on; the requests it got are kept. */
async function stage() {
  const world = await connected();
  const { service, me, environment } = world;
  const asked: Request[] = [];
  const state = { bob: 1, lobby: 1, watched: ["bob"] as string[] };
  const on = (op: string, answer: (input: Record<string, unknown>) => object) =>
    service.on(op, (request) => {
      asked.push(request);
      return { ok: answer(request.input) };
    });
  on("user-metadata.subscribe", () => setOf(state.bob));
  on("user-metadata.unsubscribe", () => ({}));
  on("user-metadata.get", () => setOf(state.bob));
  on("user-metadata.subscriptions", () => ({ users: state.watched.map((user) => ({ user, majorRevision: state.bob })) }));
  on("channel-metadata.get", ({ known }) => (known === state.lobby ? { majorRevision: state.lobby, unchanged: true } : setOf(state.lobby)));
  for (const op of ["set", "update", "remove"]) for (const owner of ["channel", "user"]) on(`${owner}-metadata.${op}`, () => ({ majorRevision: 7, count: 1 }));
  const reconnect = async () => {
    service.session.drop();
    await environment.advance(5_000);
  };
  return { ...world, me, asked, state, reconnect, ops: () => asked.splice(0).map(({ op }) => op) };
}

describe("the metadata of a client", () => {
  it("[ME16] is read and written by the operations, of any channel and any user, one's own without a name", async () => {
    const { me, asked } = await stage();
    const store = metadata(me);
    expect(metadata(me)).toBe(store);
    const items = [{ key: "n", value: "1", revision: 3 }];
    expect(await store.channel("lobby").get()).toEqual(setOf(1));
    expect(await store.channel("lobby", "stream").set(items, { majorRevision: 2, recordTime: true })).toEqual({ majorRevision: 7, count: 1 });
    await store.user().update(items, { recordAuthor: true });
    await store.user("bob").remove([{ key: "n" }]);
    await store.user("bob").clear({ majorRevision: 4 });
    expect(asked.map(({ op, input }) => [op, input])).toEqual([
      ["channel-metadata.get", { channel: lobby }],
      ["channel-metadata.set", { channel: { type: "stream", name: "lobby" }, items, majorRevision: 2, recordTime: true }],
      ["user-metadata.update", { user: "alice", items, recordAuthor: true }],
      ["user-metadata.remove", { user: "bob", items: [{ key: "n" }] }],
      ["user-metadata.remove", { user: "bob", majorRevision: 4 }],
    ]);
  });

  it("[ME17] each change of a user who is subscribed to is told once, in order, and none after the end of it", async () => {
    const { me, service, environment } = await stage();
    const store = metadata(me);
    const events = heard(store, "user");
    service.session.push(ofBob(1));
    await environment.advance(0);
    expect(events).toEqual([]);
    expect(await store.subscribe("bob")).toEqual(setOf(1));
    for (const revision of [1, 2, 4, 3, 4]) service.session.push(ofBob(revision));
    await environment.advance(0);
    expect(events).toEqual([
      ["eve", 2],
      ["eve", 4],
    ]);
    await store.unsubscribe("bob");
    service.session.push(ofBob(5));
    await environment.advance(0);
    expect(events).toHaveLength(2);
  });

  it("[ME17] a change told before the subscription's answer is not lost, and the answer is not older", async () => {
    const { me, service, state } = await stage();
    const store = metadata(me);
    const events = heard(store, "user");
    service.on("user-metadata.subscribe", (_request, socket) => {
      const answer = { ok: setOf(1) };
      state.bob = 2;
      socket.push(ofBob(2));
      return answer;
    });
    expect(await store.subscribe("bob")).toEqual(setOf(2));
    expect(events).toEqual([["eve", 2]]);
  });

  it("[ME18] what changed while the client was away is fetched after the return, and nothing else", async () => {
    const { me, state, reconnect, ops } = await stage();
    const store = metadata(me);
    const events = heard(store, "user");
    await reconnect();
    expect(ops()).toEqual([]);
    await store.subscribe("bob");
    ops();
    await reconnect();
    expect(ops()).toEqual(["user-metadata.subscriptions"]);
    state.bob = 3;
    await reconnect();
    expect(ops()).toEqual(["user-metadata.subscriptions", "user-metadata.get"]);
    expect(events).toEqual([[undefined, 3]]);
  });

  it("[ME18] whom the service has forgotten meanwhile is subscribed to again", async () => {
    const { me, state, reconnect, ops } = await stage();
    const store = metadata(me);
    const events = heard(store, "user");
    await store.subscribe("bob");
    state.watched = [];
    state.bob = 2;
    await reconnect();
    expect(ops().slice(1)).toEqual(["user-metadata.subscriptions", "user-metadata.subscribe"]);
    expect(events).toEqual([[undefined, 2]]);
  });

  it("[ME18] a service that asks for patience gets it", async () => {
    const { me, state, service, reconnect } = await stage();
    const store = metadata(me);
    const events = heard(store, "user");
    await store.subscribe("bob");
    state.bob = 2;
    let refusals = 2;
    service.on("user-metadata.get", () => (refusals-- > 0 ? { error: wireError("rate_limited", { retryAfterMs: 1 }) } : { ok: setOf(2) }));
    await reconnect();
    await vi.waitFor(() => expect(events).toEqual([[undefined, 2]]));
    expect(refusals).toBe(-1);
  });

  it("[ME19] a channel's changes are told while it is joined; those missed by one that is followed, after its return", async () => {
    const { me, service, environment, state, ops } = await stage();
    const store = metadata(me);
    const events = heard(store, "channel");
    const channel = await me.join("lobby");
    await environment.advance(0);
    service.channel("lobby").push(ofLobby(1));
    await environment.advance(0);
    expect(events).toEqual([["eve", 1]]);
    expect(await store.follow(channel)).toEqual(setOf(1));
    const back = async () => {
      ops();
      service.channel("lobby").drop();
      await environment.advance(5_000);
    };
    await back();
    expect([channel.state, ops(), events.length]).toEqual(["joined", ["channel-metadata.get"], 1]);
    state.lobby = 4;
    await back();
    expect(events.slice(1)).toEqual([[undefined, 4]]);
    service.channel("lobby").push(ofLobby(4));
    service.channel("lobby").push(ofLobby(5));
    await environment.advance(0);
    expect(events.slice(2)).toEqual([["eve", 5]]);
  });

  it("[ME16] a store that is closed with its client gives way to a new one", async () => {
    const world = await stage();
    const store = metadata(world.me);
    world.me.close();
    expect(metadata(world.me)).not.toBe(store);
    const again = await login(world);
    expect(metadata(again)).not.toBe(store);
  });

  it("[ME22] weighs at most 3 kB gzipped, and shares nothing with the core but what it is given", async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: ["src/client/metadata/index.ts"],
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      format: "esm",
      target: "es2022",
      platform: "neutral",
    });
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.filter((path) => path.startsWith("src/client/") && !path.startsWith("src/client/metadata/"))).toEqual([]);
    expect(inputs.filter((path) => /node_modules|src\/(domain|server)\//.test(path))).toEqual([]);
    expect(gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).byteLength).toBeLessThanOrEqual(3 * 1024);
  });
});
