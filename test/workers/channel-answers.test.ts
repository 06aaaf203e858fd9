import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/protocol/limits.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { channelName } from "../../src/server/objects/locate.ts";
import { SqlChannelStateStore } from "../../src/server/storage/sql-channel-stores.ts";
import type { Call } from "../../src/server/trust.ts";

const APP = "0".repeat(32);
let channels = 0;
const fresh = () => {
  const channel = { type: "message" as const, name: `answers-${++channels}` };
  const publish = (from: string, idempotencyKey: string): Call => ({
    op: "channel.publish",
    input: { channel, data: "x", from },
    caller: { kind: "server", app: APP },
    settings: DEFAULT_SETTINGS,
    idempotencyKey,
  });
  return { stub: env.CHANNEL.getByName(channelName(APP, channel)), publish };
};

describe("a server's publishes under an Idempotency-Key", () => {
  it("[CH16] give a repeat the first answer, to each sender its own", async () => {
    const { stub, publish } = fresh();
    expect(await stub.call(publish("ann", "k"))).toMatchObject({ ok: { seq: 1 } });
    expect(await stub.call(publish("ann", "k"))).toMatchObject({ ok: { seq: 1, duplicate: true } });
    const other = await stub.call(publish("bob", "k"));
    expect(other).toMatchObject({ ok: { seq: 2 } });
    expect(other).not.toMatchObject({ ok: { duplicate: true } });
  });

  it("[CH16] keep the newest thousand answers, a day long", async () => {
    const { stub, publish } = fresh();
    await stub.call(publish("ann", "k"));
    await runInDurableObject(stub, (_object, { storage: { sql } }) => {
      const store = new SqlChannelStateStore(sql);
      const kept = () => sql.exec<{ count: number }>("SELECT count(*) AS count FROM answers").one().count;
      const now = Date.now();
      for (let nth = 0; nth < LIMITS.idempotencyKeys; nth++) store.keepAnswer(`n${nth}`, { epoch: "e", seq: nth, ts: now + nth });
      expect(kept()).toBe(LIMITS.idempotencyKeys);
      expect(store.answer("ann\nk")).toBeUndefined();
      store.keepAnswer("late", { epoch: "e", seq: 1, ts: now + 2 * LIMITS.idempotencyMs });
      expect(kept()).toBe(1);
    });
  });
});
