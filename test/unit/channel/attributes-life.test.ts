import { describe, expect, it } from "vitest";
import { ChannelHarness, LIMITS_OF_A_TEST } from "../../support/memory-channel.ts";

const { emptyMs, leaseMs } = LIMITS_OF_A_TEST;
const HOUR_MS = 3_600_000;

const write = (h: ChannelHarness, key = "a") => h.channel.changeAttributes({ kind: "update", attributes: [{ key, value: "1" }], keys: [] }, "ann", false);
const keys = (h: ChannelHarness) => h.channel.attributes(undefined).map(({ key }) => key);

describe("how long a channel's attributes last", () => {
  it("[CA90] as long as it has a member, over losses of the object with and without its sockets", () => {
    const h = new ChannelHarness();
    let ann = h.join("ann");
    write(h);
    for (let round = 0; round < 5; round++) {
      h.pass(HOUR_MS);
      h.lose(round % 2 === 0 ? [ann] : []);
      h.pass(leaseMs - 1);
      ann = h.join("ann");
    }
    h.pass(HOUR_MS);
    expect(keys(h)).toEqual(["a"]);
  });

  it("[CA91] until some minutes after the last member left, or its lease was over", () => {
    for (const goodbye of [true, false]) {
      const h = new ChannelHarness();
      const ann = h.join("ann");
      write(h);
      h.pass(HOUR_MS);
      h.channel.disconnected(ann, goodbye);
      const left = goodbye ? 0 : leaseMs;
      h.pass(left + emptyMs - 10);
      expect(keys(h)).toEqual(["a"]);
      h.pass(20);
      expect(keys(h)).toEqual([]);
    }
  });

  it("[CA91] a member that joins in that time ends it, a write begins it anew", () => {
    const h = new ChannelHarness();
    const ann = h.join("ann");
    write(h);
    h.channel.disconnected(ann, true);
    h.pass(emptyMs - 10);
    write(h, "b");
    h.pass(emptyMs - 10);
    expect(keys(h)).toEqual(["a", "b"]);
    h.join("bob");
    h.pass(HOUR_MS);
    expect(keys(h)).toEqual(["a", "b"]);
  });

  it("[CA92] some minutes where there never was a member, the object lost or not", () => {
    for (const lost of [true, false]) {
      const h = new ChannelHarness();
      write(h);
      if (lost) h.lose();
      h.pass(emptyMs - 10);
      expect(keys(h)).toEqual(["a"]);
      h.pass(20);
      expect(keys(h)).toEqual([]);
    }
  });

  it("[CA93] no longer where the object was lost, sockets and all, in the middle of a join", () => {
    const h = new ChannelHarness();
    write(h);
    // A flush on its way to the disk makes the join wait for its row.
    h.publish("eve", 1, "x");
    h.join("ann");
    h.lose();
    h.pass(leaseMs + 2 * emptyMs);
    expect(keys(h)).toEqual([]);
  });

  it("[CA93] no longer where it was lost after a join whose row was not written", () => {
    const h = new ChannelHarness();
    h.channel.changeMetadata({ kind: "set", items: [{ key: "m", value: "1" }] }, { by: "eve", request: undefined });
    h.join("ann");
    write(h);
    h.lose();
    h.pass(leaseMs + 2 * emptyMs);
    expect(keys(h)).toEqual([]);
  });

  it("[CA93] no longer where it was lost in the middle of a leave", () => {
    const h = new ChannelHarness();
    const ann = h.join("ann");
    h.pass(1_000);
    write(h);
    h.publish("ann", 1, "x");
    h.channel.disconnected(ann, true);
    h.lose();
    h.pass(leaseMs + 2 * emptyMs);
    expect(keys(h)).toEqual([]);
  });
});
