import { describe, expect, it } from "vitest";
import { LIMITS } from "../../../src/protocol/limits.ts";
import { utf8Bytes } from "../../../src/util/text.ts";
import { ChannelHarness } from "../../support/memory-channel.ts";

describe("a channel nobody joins", () => {
  it("[CH12] is forgotten, too, when nothing is published for five minutes", () => {
    const h = new ChannelHarness();
    h.publish("ann", 1, "one");
    const { epoch } = h.channel.log;
    h.pass(290_000);
    h.publish("ann", 2, "two");
    h.lose();
    h.pass(200_000);
    expect(h.channel.log.epoch).toBe(epoch);
    h.pass(200_000);
    expect(h.channel.log.epoch).not.toBe(epoch);
    expect(h.log.summaries()).toEqual([]);
  });
});

describe("memory mode", () => {
  it("[CH20] a replayed frame fits a socket, whatever the alphabet", () => {
    const h = new ChannelHarness();
    h.channel.setOptions({ log: "memory" });
    const ann = h.join("ann");
    for (let id = 1; id <= 60; id++) h.publish("ann", id, "界".repeat(10_000));
    h.pass(2_000);
    const back = h.join("bob", "d1", { epoch: h.channel.log.epoch, seq: 5 });
    expect(ann.data()).toHaveLength(60);
    expect(back.joined.recovered).toBe(true);
    expect(Math.max(...back.joined.frames.map((frame) => (typeof frame === "string" ? utf8Bytes(frame) : frame.byteLength)))).toBeLessThanOrEqual(
      LIMITS.frameBytes,
    );
  });
});

describe("an object that is lost", () => {
  it("[CM14] between taking a lease's deadline away and ending it still ends it", () => {
    const h = new ChannelHarness();
    const ann = h.join("ann");
    const bob = h.join("bob");
    h.pass(100);
    h.channel.disconnected(bob, false);
    h.deadlines.delete("lease");
    h.lose([ann]);
    h.pass(31_000);
    expect(h.channel.lookup.listedPage(undefined, 10).members.map(({ user }) => user)).toEqual(["ann"]);
  });
});

describe("rights that shrink", () => {
  it("[CM12] end the subscription and its tickets, and leave the place to who may still read", () => {
    const h = new ChannelHarness();
    const watcher = h.join("watcher");
    const ann = h.join("ann");
    h.pass(2_000);
    void h.channel.revoke({ user: "ann", device: "", generation: 1, until: h.now + 600_000 }, { code: 4102, reason: "rights changed" }, true);
    expect(ann.closed?.code).toBe(4102);
    expect(h.channel.refusal("ann", "d1", 1)?.code).toBe("token_revoked");
    h.pass(1_000);
    expect(watcher.notices("channel.left")).toEqual([]);
    expect(h.channel.members).toBe(2);
  });
});

describe("a channel whose storage takes nothing more", () => {
  it("[HX8] refuses what it cannot write, tells its members all the same, and goes on when there is room", () => {
    const h = new ChannelHarness({ recoveryMessages: 2 });
    const ann = h.join("ann");
    const outcomes: unknown[] = [];
    const publish = (id: number): void => {
      const done = (result: { ok: boolean; error?: { code: string } }): void => void outcomes.push(result.ok ? id : result.error?.code);
      h.channel.publish({ from: "bob", device: "d1", id, data: `m${id}` }, { done });
      h.channel.settle();
      h.pass(1_000);
    };
    for (const id of [1, 2, 3, 4]) publish(id);
    const kept = h.log.summaries().length;
    h.log.full = true;
    publish(5);
    h.join("cy");
    h.pass(1_000);
    publish(6);
    h.log.full = false;
    publish(6);
    publish(7);
    expect(outcomes).toEqual([1, 2, 3, 4, "unavailable", "unavailable", 6, 7]);
    expect(ann.data()).toEqual(["m1", "m2", "m3", "m4", "m6", "m7"]);
    expect(ann.notices("channel.joined").flatMap(({ users }) => users)).toContain("cy");
    expect(h.failures).toHaveLength(2);
    // What should have been written over was not lost sight of.
    expect(h.log.summaries()).toHaveLength(kept);
  });
});
