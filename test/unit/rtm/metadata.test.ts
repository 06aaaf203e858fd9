import { describe, expect, it } from "vitest";
import { type ErrorCode, type ErrorFacts, wireError } from "../../../src/protocol/errors.ts";
import type { Request } from "../../../src/protocol/messages/request.ts";
import { rtmError } from "../../../src/rtm/errors.ts";
import { createMetadataItem, Metadata, type RtmMetadata, type RtmMetadataItem } from "../../../src/rtm/metadata.ts";
import { connected } from "../../support/connected.ts";

const item = (key: string, value: string | null = null, revision?: number): RtmMetadataItem => {
  const made = createMetadataItem();
  made.setKey(key);
  made.setValue(value);
  if (revision !== undefined) made.setRevision(revision);
  return made;
};
const plain = ({ items, majorRevision }: RtmMetadata) => ({
  majorRevision,
  items: items.map((one) => [one.getKey(), one.getValue(), one.getRevision(), one.getUpdateTs(), one.getAuthorUserId()]),
});
const SET = {
  majorRevision: 9,
  items: [
    { key: "a", value: "1", revision: 4, updatedAt: 5, updatedBy: "bob" },
    { key: "b", value: "", revision: 9 },
  ],
};
const PLAIN = {
  majorRevision: 9,
  items: [
    ["a", "1", 4, 5, "bob"],
    ["b", "", 9, 0, ""],
  ],
};

/** The facade's metadata of a client that is logged in, and what it asks of the service. */
async function stage() {
  const world = await connected();
  const { service, me } = world;
  const asked: Request[] = [];
  let refusal: ReturnType<typeof wireError> | undefined;
  for (const owner of ["channel", "user"]) {
    for (const op of ["set", "update", "remove", "get", "subscribe", "unsubscribe"]) {
      service.on(`${owner}-metadata.${op}`, (request) => {
        asked.push(request);
        if (refusal !== undefined) return { error: refusal };
        return { ok: op === "get" || op === "subscribe" ? SET : op === "unsubscribe" ? {} : { majorRevision: 10, count: 2 } };
      });
    }
  }
  const told: [string, string, object][] = [];
  const context = {
    scale: 1,
    client: (operation: Parameters<typeof rtmError>[0]) => {
      if (me.state !== "connected") throw rtmError(operation, 102);
      return me;
    },
  };
  const metadata = new Metadata(context, {
    user: (uid, data) => told.push(["user", uid, plain(data)]),
    channel: (id, data) => told.push(["channel", id, plain(data)]),
  });
  metadata.attach(me);
  const refuse = (code: ErrorCode, facts?: ErrorFacts) => {
    refusal = wireError(code, facts);
  };
  return { ...world, metadata, lobby: metadata.forChannel("lobby"), told, refuse, asked: () => asked.splice(0).map(({ op, input }) => [op, input]) };
}

const channel = { type: "message", name: "lobby" };

describe("an item", () => {
  it("[RD1] holds what is set", () => {
    const made = createMetadataItem();
    expect([made.getKey(), made.getValue(), made.getRevision(), made.getUpdateTs(), made.getAuthorUserId()]).toEqual(["", null, -1, 0, ""]);
    const filled = item("k", "v", 3);
    expect([filled.getKey(), filled.getValue(), filled.getRevision()]).toEqual(["k", "v", 3]);
  });

  it("[RD1] from the service says when and by whom it was written, if that was recorded", async () => {
    const { metadata, lobby } = await stage();
    expect(plain(await metadata.getUserMetadata("bob"))).toEqual(PLAIN);
    expect(plain(await lobby.getChannelMetadata())).toEqual(PLAIN);
  });
});

describe("calls that write", () => {
  it("[RD2] [RD3] set, add, update, delete and clear, of the user and of a channel", async () => {
    const { metadata, lobby, asked } = await stage();
    const items = [item("a", "1", 4), item("b", null, 0)];
    const ways = [
      {
        owner: "user",
        where: { user: "alice" },
        set: metadata.setLocalUserMetadata,
        add: metadata.addLocalUserMetadata,
        update: metadata.updateLocalUserMetadata,
        remove: metadata.deleteLocalUserMetadata,
        clear: metadata.clearLocalUserMetadata,
        self: metadata,
      },
      {
        owner: "channel",
        where: { channel },
        set: lobby.setChannelMetadata,
        add: lobby.addChannelMetadata,
        update: lobby.updateChannelMetadata,
        remove: lobby.deleteChannelMetadata,
        clear: lobby.clearChannelMetadata,
        self: lobby,
      },
    ];
    for (const { owner, where, set, add, update, remove, clear, self } of ways) {
      for (const call of [set, add, update, remove]) expect(await call.call(self as never, items)).toBeUndefined();
      expect(await clear.call(self as never)).toBeUndefined();
      const written = [
        { key: "a", value: "1", revision: 4 },
        { key: "b", value: "" },
      ];
      expect(asked()).toEqual([
        [`${owner}-metadata.set`, { ...where, items: written }],
        [
          `${owner}-metadata.set`,
          {
            ...where,
            items: [
              { key: "a", value: "1", revision: 0 },
              { key: "b", value: "", revision: 0 },
            ],
          },
        ],
        [`${owner}-metadata.update`, { ...where, items: written }],
        [`${owner}-metadata.remove`, { ...where, items: [{ key: "a", revision: 4 }, { key: "b" }] }],
        [`${owner}-metadata.remove`, { ...where }],
      ]);
    }
  });

  it("[RD3] [RD4] the options say what the set must have, and what is recorded", async () => {
    const { metadata, lobby, asked } = await stage();
    const options = { majorRevision: 9, enableRecordTs: true, enableRecordUserId: true };
    await metadata.setLocalUserMetadata([item("a", "1")], options);
    await lobby.deleteChannelMetadata([item("a")], options);
    await lobby.clearChannelMetadata(options);
    await lobby.updateChannelMetadata([item("a", "1")], { majorRevision: -1, enableRecordTs: false });
    expect(asked().map(([, input]) => input)).toEqual([
      { user: "alice", items: [{ key: "a", value: "1" }], majorRevision: 9, recordTime: true, recordAuthor: true },
      { channel, items: [{ key: "a" }], majorRevision: 9 },
      { channel, majorRevision: 9 },
      { channel, items: [{ key: "a", value: "1" }] },
    ]);
  });

  it.each<[ErrorCode, number, string]>([
    ["conflict", 2, "RtmInternalError"],
    ["not_found", 2, "RtmInternalError"],
    ["too_large", 4, "RtmLimitExceededError"],
    ["limit_exceeded", 4, "RtmLimitExceededError"],
    ["bad_request", 3, "RtmInvalidArgumentError"],
    ["rate_limited", 5, "RtmInvokeTooOftenError"],
  ])("[RD3] [RD6] a refusal as %s is error %i", async (code, number, name) => {
    const { metadata, lobby, refuse } = await stage();
    refuse(code);
    for (const call of [metadata.setLocalUserMetadata([item("a", "1")]), lobby.clearChannelMetadata(), lobby.getChannelMetadata()]) {
      await expect(call).rejects.toMatchObject({ code: number, name });
    }
  });

  it.each<[string, unknown, unknown]>([
    ["no list", "a", undefined],
    ["an empty list", [], undefined],
    ["a plain object", [{ key: "a", value: "1" }], undefined],
    ["an item without a key", [createMetadataItem()], undefined],
    ["a value that is no text", [item("a", 7 as never)], undefined],
    ["a revision that is no whole number", [item("a", "1", 1.5)], undefined],
    ["a majorRevision that is no number", [item("a", "1")], { majorRevision: "9" }],
  ])("[RD6] %s is error 3 and never reaches the service", async (_what, items, options) => {
    const { metadata, lobby, asked } = await stage();
    await expect(metadata.setLocalUserMetadata(items as never, options as never)).rejects.toMatchObject({ code: 3, name: "RtmInvalidArgumentError" });
    await expect(lobby.updateChannelMetadata(items as never, options as never)).rejects.toMatchObject({ code: 3 });
    expect(asked()).toEqual([]);
  });

  it("[RD6] a malformed user id is error 3, and without a login every call is error 102", async () => {
    const { metadata, lobby, me, asked } = await stage();
    for (const uid of ["", "null", "ü", 7 as never]) {
      for (const call of [metadata.getUserMetadata(uid), metadata.subscribeUserMetadata(uid), metadata.unsubscribeUserMetadata(uid)]) {
        await expect(call).rejects.toMatchObject({ code: 3 });
      }
    }
    me.close();
    const calls = [metadata.getUserMetadata("bob"), metadata.setLocalUserMetadata([item("a")]), metadata.clearLocalUserMetadata(), lobby.getChannelMetadata()];
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 102, name: "RtmInvalidStatusError" });
    expect(asked()).toEqual([]);
  });
});

describe("events", () => {
  it("[RD5] follow changes of users who are subscribed to, and of joined channels, until the logout", async () => {
    const { metadata, me, service, environment, told } = await stage();
    await metadata.subscribeUserMetadata("bob");
    await me.join("lobby");
    await me.join("stage", { type: "stream" });
    await environment.advance(0);
    const next = { ...SET, majorRevision: 10 };
    const tellAll = async (majorRevision: number) => {
      service.session.push({ type: "notice", name: "user.metadata", user: "bob", by: "eve", ...next, majorRevision });
      for (const [type, name] of [
        ["message", "lobby"],
        ["stream", "stage"],
      ] as const) {
        service.channel(name).push({ type: "notice", name: "channel.metadata", channel: { type, name }, by: "eve", ...next, majorRevision });
      }
      await environment.advance(0);
    };
    await tellAll(10);
    expect(told).toEqual([
      ["user", "bob", { ...PLAIN, majorRevision: 10 }],
      ["channel", "lobby", { ...PLAIN, majorRevision: 10 }],
    ]);
    metadata.detach();
    await tellAll(11);
    expect(told).toHaveLength(2);
    metadata.attach(me);
    await metadata.unsubscribeUserMetadata("bob");
    await tellAll(12);
    expect(told.slice(2)).toEqual([["channel", "lobby", { ...PLAIN, majorRevision: 12 }]]);
  });

  it("[RD7] a member that has read the metadata hears what it missed while its connection was lost", async () => {
    const { metadata, me, service, environment, told, asked } = await stage();
    const core = await me.join("lobby");
    const lobby = metadata.forChannel("lobby", () => core);
    await environment.advance(0);
    await lobby.getChannelMetadata();
    asked();
    service.on("channel-metadata.get", () => ({ ok: { ...SET, majorRevision: 12 } }));
    service.channel("lobby").drop();
    await environment.advance(5_000);
    expect(told).toEqual([["channel", "lobby", { ...PLAIN, majorRevision: 12 }]]);
  });
});
