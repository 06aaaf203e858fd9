import { describe, expect, it } from "vitest";
import { Children } from "../../../src/domain/leaf/children.ts";
import type { Push, PushAnswer } from "../../../src/domain/leaf/messages.ts";
import { planOf } from "./leaf-ports.ts";

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the calls to a leaf", () => {
  it("[EL7] tell it with each new plan which logins were ended: users come to it that others were told of", async () => {
    const calls: Push<string>[] = [];
    const children = new Children<string>(
      {
        call: async (_child, push): Promise<PushAnswer> => {
          calls.push(push);
          const { epoch, upTo, plan } = push;
          return { life: "leaf", epoch, seq: upTo, no: push.parts.at(-1)?.no ?? 0, settled: true, version: plan.version, leaves: [] };
        },
        pagesAfter: () => [],
        state: () => ({ revocations: [{ user: "ann", device: "", generation: calls.length, until: 9_000 }], settings: "" }),
        members: () => 1,
        heard: () => [],
        unreachable: () => undefined,
        background: () => undefined,
        pause: () => Promise.resolve(),
        random: () => 0,
      },
      { life: "hub", plan: planOf(1, 2), epoch: "epoch", head: 0 },
    );
    children.follow(planOf(1, 2), ["0"]);
    children.tell();
    await settled();
    children.push(undefined, ["a notice"], 0);
    await settled();
    children.follow(planOf(2, 3), ["0"]);
    children.tell();
    await settled();
    expect(calls.map(({ state }) => state?.revocations[0]?.generation)).toEqual([0, undefined, 2]);
  });
});
