import { describe, expect, it } from "vitest";
import type { Push } from "../../../src/domain/leaf/messages.ts";
import { Relay } from "../../../src/domain/leaf/relay.ts";
import { planOf, pushOf } from "./leaf-ports.ts";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("what a relay hands on", () => {
  it("[EL6] says of each flush how many messages were left out, once", async () => {
    const calls: Push<string>[] = [];
    const relay = new Relay<string>(0, "relay life", {
      now: () => 1_000,
      random: () => 0,
      call: async (_leaf, push) => {
        calls.push(push);
        const { epoch, upTo, plan } = push;
        return { life: "leaf", epoch, seq: upTo, no: push.parts.at(-1)?.no ?? 0, settled: true, version: plan.version, leaves: [] };
      },
      missed: () => Promise.reject(new Error("nobody asks")),
      background: () => undefined,
      pause: () => Promise.resolve(),
    });
    const plan = { ...planOf(1, 1), relays: 1 };
    const page = { first: 1, last: 1, items: "{}", bin: undefined, bytes: 2 };
    relay.receive(pushOf(plan, { state: { revocations: [], settings: "" } }));
    await settled();
    const flush = pushOf(plan, { upTo: 1, parts: [{ no: 1, page, notices: ["a notice"], skipped: 3 }] });
    relay.receive(flush);
    relay.receive(flush);
    await settled();
    const parts = calls.flatMap(({ parts }) => parts);
    expect(parts.map(({ notices, skipped }) => ({ notices, skipped }))).toEqual([{ notices: ["a notice"], skipped: 3 }]);
  });
});
