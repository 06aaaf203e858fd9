import { describe, expect, it } from "vitest";
import { broken, run } from "./events.ts";

describe("acknowledged channel messages", () => {
  it("[PV1] holds where everybody hears everything, or was told otherwise", () => {
    const told = run().listens("bob/d", "channel:room").says(1).hears("bob/d", 1).says(2).says(3);
    told.note({ is: "gap", device: "bob/d", target: "channel:room", reason: "too-old", from: 2, to: 3, epoch: "e", seq: 3 });
    told.says(4).hears("bob/d", 4);
    expect(broken("PV1", told, { others: ["PV21"] })).toEqual([]);
  });

  it("[PV1] classes what is lost as prefix, middle and postfix", () => {
    const told = run().listens("bob/d", "channel:room");
    for (let n = 1; n <= 6; n++) told.says(n);
    told.hears("bob/d", 2).hears("bob/d", 5);
    expect(broken("PV1", told, { others: ["PV8"] })).toEqual([
      "bob/d never heard ann/d>channel:room 1, acknowledged: prefix",
      "bob/d never heard ann/d>channel:room 3 to 4, acknowledged: middle",
      "bob/d never heard ann/d>channel:room 6, acknowledged: postfix",
    ]);
  });

  it("[PV1] asks nothing for what was said before, or not acknowledged, or to who has left or is not connected", () => {
    const told = run().says(1).listens("bob/d", "channel:room", 1).listens("cy/d", "channel:room", 1).listens("dan/d", "channel:room", 1);
    told.attempt(2).note({ is: "refused", device: "ann/d", target: "channel:room", writer: "ann/d>channel:room", n: 2, code: "timeout" });
    told.note({ is: "leaves", device: "cy/d", target: "channel:room" }).link("dan/d", "reconnecting", "channel:room");
    told.says(3, { seq: 2 }).hears("bob/d", 3, { seq: 2 });
    expect(broken("PV1", told)).toEqual([]);
  });

  it("[PV1] knows by its place that a message said before was sequenced after the reader had joined", () => {
    const told = run().attempt(1).listens("bob/d", "channel:room", 0).ack(1, { seq: 1 });
    expect(broken("PV1", told)).toEqual(["bob/d never heard ann/d>channel:room 1, acknowledged: prefix"]);
  });

  it("[PV1] takes the word that a stream began anew for what was left of the old epoch, and what the new one had", () => {
    const told = run().note({ is: "promised", target: "channel:room", log: "memory" }).listens("bob/d", "channel:room");
    told.says(1).hears("bob/d", 1).says(2).says(3, { epoch: "f", seq: 1 });
    told.note({ is: "gap", device: "bob/d", target: "channel:room", reason: "epoch-changed", epoch: "f", seq: 1 });
    told.says(4, { epoch: "f", seq: 2 });
    expect(broken("PV1", told)).toEqual(["bob/d never heard ann/d>channel:room 4, acknowledged: postfix"]);
  });

  it("[PV1] begins anew with a process that was started again", () => {
    const told = run().listens("bob/d", "channel:room").says(1).note({ is: "died", device: "bob/d" });
    told.says(2).listens("bob/d", "channel:room", 2).says(3).hears("bob/d", 3);
    expect(broken("PV1", told)).toEqual([]);
  });
});

describe("acknowledged peer messages", () => {
  const target = "user:bob" as const;
  const toBob = { target, delivered: 1, waiting: 0 };

  it("[PV2] holds where each device of the user hears them", () => {
    const told = run().listens("bob/a", target).listens("bob/b", target);
    told
      .says(1, { ...toBob, delivered: 2 })
      .hears("bob/a", 1, { target })
      .hears("bob/b", 1, { target });
    expect(broken("PV2", told)).toEqual([]);
  });

  it("[PV2] fails where one of them does not, and where none does", () => {
    const told = run().listens("bob/a", target).listens("bob/b", target);
    told
      .says(1, { ...toBob, waiting: 1 })
      .hears("bob/a", 1, { target })
      .says(2, toBob);
    expect(broken("PV2", told)).toEqual([
      "no device of user:bob ever heard ann/d>user:bob 2, acknowledged: postfix",
      "bob/a never heard ann/d>user:bob 2, acknowledged: postfix",
      "bob/b never heard ann/d>user:bob 1 to 2, acknowledged: prefix",
    ]);
  });

  it("[PV2] asks nothing where nothing was promised", () => {
    const told = run().listens("bob/a", target).says(1, { target, delivered: 0, waiting: 0 }, { ifAbsent: "drop" });
    told.says(2, { target, delivered: 0, waiting: 1 }, { ifAbsent: "bridge" });
    expect(broken("PV2", told)).toEqual([]);
  });

  it("[PV2] waits for a device that is away, and forgives what an overflowing inbox was told to lose", () => {
    const away = run().listens("bob/a", target).link("bob/a", "reconnecting").says(1, { target, delivered: 0, waiting: 1 });
    expect(broken("PV2", away)).toEqual([]);
    const overflown = away.link("bob/a", "connected").note({ is: "gap", device: "bob/a", target, reason: "truncated", from: 1, to: 1 });
    expect(broken("PV2", overflown)).toEqual([]);
    expect(broken("PV2", overflown.says(2, { target, delivered: 0, waiting: 1 }))).toHaveLength(2);
  });

  it("[PV2] does not count the sender among the receiver's devices, and forgives what a killed process did not write down", () => {
    const self = run().listens("bob/a", target).listens("bob/b", target);
    self.says(1, { ...toBob, device: "bob/a" }).hears("bob/b", 1, { target, writer: "bob/a>user:bob" });
    expect(broken("PV2", self)).toEqual([]);
    const killed = run().listens("bob/a", target).says(1, toBob).note({ is: "died", device: "bob/a" }).listens("bob/a", target);
    expect(broken("PV2", killed)).toEqual([]);
  });
});

describe("history", () => {
  const stored = { stored: true };
  it("[PV3] holds each acknowledged message that was to be kept", () => {
    const told = run().says(1, {}, stored).says(2).says(3, {}, stored);
    const writer = "ann/d>channel:room";
    const holding = told.note({
      is: "drained",
      target: "channel:room",
      items: [
        { writer, n: 1, seq: 1 },
        { writer, n: 3, seq: 3 },
      ],
    });
    expect(broken("PV3", holding)).toEqual([]);
  });

  it("[PV3] fails where it lacks one, has one twice, or one that was not to be kept", () => {
    const told = run().says(1, {}, stored).says(2).says(3, {}, stored);
    const writer = "ann/d>channel:room";
    const wrong = told.note({
      is: "drained",
      target: "channel:room",
      items: [
        { writer, n: 1, seq: 1 },
        { writer, n: 1, seq: 1 },
        { writer, n: 2, seq: 2 },
      ],
    });
    expect(broken("PV3", wrong)).toEqual([
      "history of channel:room holds ann/d>channel:room 1 twice",
      "history of channel:room holds ann/d>channel:room 2, which was not to be kept",
      "history of channel:room lacks ann/d>channel:room 3, acknowledged",
    ]);
  });

  it("[PV10] is found at once after the acknowledgement", () => {
    const back = { is: "readback", device: "ann/d", target: "channel:room", writer: "ann/d>channel:room", n: 1 } as const;
    const told = run()
      .says(1, {}, stored)
      .note({ ...back, found: true });
    expect(broken("PV10", told)).toEqual([]);
    expect(broken("PV10", told.note({ ...back, found: false }))).toEqual(["ann/d did not find ann/d>channel:room 1 in channel:room after its acknowledgement"]);
  });
});

describe("what is heard", () => {
  it("[PV4] was said, whichever of the two was noted first", () => {
    expect(broken("PV4", run().listens("bob/d", "channel:room").hears("bob/d", 1).says(1))).toEqual([]);
  });

  it("[PV4] fails for an unknown payload, for a number nobody said, and for another target's", () => {
    const told = run().listens("bob/d", "channel:room").says(1).hears("bob/d", 1, { writer: "?" });
    expect(broken("PV4", told, { others: ["PV1", "PV7"] })).toEqual(["bob/d has ? 1, which nobody said"]);
    expect(broken("PV4", run().listens("bob/d", "channel:room").says(1).hears("bob/d", 1).hears("bob/d", 2))).toEqual([
      "bob/d has ann/d>channel:room 2, which nobody said",
    ]);
    const elsewhere = run().listens("bob/d", "channel:other").says(1).hears("bob/d", 1, { target: "channel:other", writer: "ann/d>channel:room" });
    expect(broken("PV4", elsewhere)).toEqual(["bob/d has ann/d>channel:room 1 in channel:other, said to channel:room"]);
  });

  it("[PV4] fails for history as well, and forgives a killed writer's last notes", () => {
    const item = { writer: "ann/d>channel:room", n: 2, seq: 2 };
    const told = run()
      .says(1, {}, { stored: true })
      .note({ is: "drained", target: "channel:room", items: [{ ...item, n: 1, seq: 1 }, item] });
    expect(broken("PV4", told, { others: ["PV3"] })).toEqual(["history has ann/d>channel:room 2, which nobody said"]);
    expect(broken("PV4", told.note({ is: "died", device: "ann/d" }), { others: ["PV3"] })).toEqual([]);
  });

  it("[PV5] is heard once, until the device listens anew", () => {
    const target = "user:bob" as const;
    const told = run().listens("bob/d", target).says(1, { target, delivered: 1 }).hears("bob/d", 1, { target });
    expect(broken("PV5", told)).toEqual([]);
    const again = run().listens("bob/d", target).says(1, { target, delivered: 1 }).hears("bob/d", 1, { target }).hears("bob/d", 1, { target });
    expect(broken("PV5", again)).toEqual(["bob/d heard ann/d>user:bob 1 again"]);
    expect(broken("PV5", told.note({ is: "died", device: "bob/d" }).listens("bob/d", target).hears("bob/d", 1, { target }))).toEqual([]);
  });

  it("[PV5] may be heard again where a log in memory began anew, and nowhere else", () => {
    const begun = (log: "memory" | "durable") => {
      const told = run().note({ is: "promised", target: "channel:room", log }).listens("bob/d", "channel:room").attempt(1).hears("bob/d", 1);
      told.note({ is: "gap", device: "bob/d", target: "channel:room", reason: "epoch-changed", epoch: "f", seq: 0 });
      return told.hears("bob/d", 1, { epoch: "f" }).ack(1, { epoch: "f" });
    };
    expect(broken("PV5", begun("memory"))).toEqual([]);
    expect(broken("PV5", begun("durable"), { others: ["PV6"] })).toEqual(["bob/d heard ann/d>channel:room 1 again"]);
  });
});

describe("places", () => {
  it("[PV6] a message stands in one, as everybody has it", () => {
    const told = run().listens("bob/d", "channel:room").says(1, {}, { stored: true }).hears("bob/d", 1);
    told.note({ is: "drained", target: "channel:room", items: [{ writer: "ann/d>channel:room", n: 1, seq: 1 }] });
    expect(broken("PV6", told)).toEqual([]);
    const twice = run().attempt(1).ack(1).attempt(1).ack(1, { seq: 2 });
    expect(broken("PV6", twice)).toEqual(["ann/d>channel:room 1 stands at e.1, and at e.2 as the acknowledgement of ann/d has it"]);
    const moved = told.note({ is: "drained", target: "channel:room", items: [{ writer: "ann/d>channel:room", n: 1, seq: 7 }] });
    expect(broken("PV6", moved)).toEqual(["ann/d>channel:room 1 stands at e.1, and at ?.7 as history has it"]);
  });

  it("[PV6] of a log in memory it has one in each epoch", () => {
    const told = run().note({ is: "promised", target: "channel:room", log: "memory" }).attempt(1).ack(1).attempt(1).ack(1, { epoch: "f", seq: 4 });
    expect(broken("PV6", told)).toEqual([]);
    expect(broken("PV6", told.attempt(1).ack(1, { epoch: "f", seq: 5 }))).toHaveLength(1);
  });

  it("[PV7] a place holds one message, as everybody has it", () => {
    const told = run().listens("bob/d", "channel:room").says(1).says(2).hears("bob/d", 1).hears("bob/d", 2);
    expect(broken("PV7", told)).toEqual([]);
    const shared = run().listens("bob/d", "channel:room").says(1).attempt(2).hears("bob/d", 1).ack(2, { seq: 1 });
    expect(broken("PV7", shared, { others: ["PV1"] })).toEqual([
      "channel:room e.1 is ann/d>channel:room 1, and ann/d>channel:room 2 as the acknowledgement of ann/d has it",
    ]);
  });
});

describe("a stream", () => {
  it("[PV8] rises by one from where the device joined, also past what it was told is missing", () => {
    const told = run().says(1).says(2).listens("bob/d", "channel:room", 2).says(3).hears("bob/d", 3).says(4).says(5).says(6);
    told.hears("bob/d", 6).note({ is: "gap", device: "bob/d", target: "channel:room", reason: "skipped", from: 4, to: 5, skipped: 2, epoch: "e", seq: 6 });
    expect(broken("PV8", told)).toEqual([]);
  });

  it("[PV8] fails for a hole, an inversion, a repeat, and another epoch without a word", () => {
    const told = run().listens("bob/d", "channel:room").says(1).says(2).says(3).hears("bob/d", 3).hears("bob/d", 2).hears("bob/d", 1).hears("bob/d", 1);
    const all = broken("PV8", told, { others: ["PV5", "PV9"] });
    expect(all).toEqual([
      "bob/d hears e.2 of channel:room after 3",
      "bob/d hears e.1 of channel:room after 2",
      "bob/d hears e.1 of channel:room after 1",
      "bob/d hears nothing of channel:room from e.1 to 2, and was not told",
    ]);
    const anew = run()
      .listens("bob/d", "channel:room")
      .says(1)
      .hears("bob/d", 1)
      .attempt(2)
      .hears("bob/d", 2, { epoch: "f", seq: 1 })
      .ack(2, { epoch: "f", seq: 1 });
    expect(broken("PV8", anew, { others: ["PV19"] })).toEqual(["bob/d was at e.1 of channel:room, then hears f.1 without a word"]);
  });

  it("[PV9] keeps each writer's order, on channels and to users", () => {
    const target = "user:bob" as const;
    const told = run().listens("bob/d", target).says(1, { target, delivered: 1 }).says(2, { target, delivered: 1 });
    const right = run()
      .listens("bob/d", target)
      .says(1, { target, delivered: 1 })
      .hears("bob/d", 1, { target })
      .says(2, { target, delivered: 1 })
      .hears("bob/d", 2, { target });
    expect(broken("PV9", right)).toEqual([]);
    expect(broken("PV9", told.hears("bob/d", 2, { target }).hears("bob/d", 1, { target }))).toEqual(["bob/d heard ann/d>user:bob 1 after 2"]);
  });

  it("[PV9] asks nothing of a message whose outcome nobody knew", () => {
    const target = "user:bob" as const;
    const told = run().listens("bob/d", target).attempt(1, { target }).says(2, { target, delivered: 1 });
    told.note({ is: "refused", device: "ann/d", target, writer: "ann/d>user:bob", n: 1, code: "timeout" });
    expect(broken("PV9", told.hears("bob/d", 2, { target }).hears("bob/d", 1, { target }))).toEqual([]);
  });

  it("[PV9] asks nothing of what an earlier life of the device has heard", () => {
    const target = "user:bob" as const;
    const lives = (first: number) => {
      const told = run().listens("bob/d", target).attempt(1, { target }).hears("bob/d", first, { target }).note({ is: "died", device: "bob/d" });
      return told.listens("bob/d", target).says(2, { target, delivered: 1 }).says(3, { target, delivered: 1 });
    };
    const again = (told: ReturnType<typeof lives>) => told.hears("bob/d", 3, { target }).hears("bob/d", 1, { target }).ack(1, { target, delivered: 1 });
    expect(broken("PV9", again(lives(1)).hears("bob/d", 2, { target }))).toEqual(["bob/d heard ann/d>user:bob 2 after 3"]);
    const right = lives(1).hears("bob/d", 2, { target }).hears("bob/d", 3, { target }).hears("bob/d", 1, { target }).ack(1, { target, delivered: 1 });
    expect(broken("PV9", right)).toEqual([]);
  });

  it("[PV9] asks nothing of a message that does not wait, for a device that was away", () => {
    const target = "user:bob" as const;
    const late = (ifAbsent: "keep" | "bridge") => {
      const told = run().listens("bob/d", target).attempt(1, { target, ifAbsent }).link("bob/d", "reconnecting").link("bob/d", "connected");
      return told.says(2, { target, delivered: 1 }).hears("bob/d", 2, { target }).hears("bob/d", 1, { target }).ack(1, { target, delivered: 1 });
    };
    expect(broken("PV9", late("keep"))).toHaveLength(1);
    expect(broken("PV9", late("bridge"))).toEqual([]);
  });

  it("[PV19] keeps its epoch while it is in use, if it is durable", () => {
    const changed = () => run().says(1).says(2, { epoch: "f", seq: 1 });
    expect(broken("PV19", changed())).toEqual(["channel:room went from epoch e to f"]);
    expect(broken("PV19", run().says(1).pass(300_000).says(2, { epoch: "f", seq: 1 }))).toEqual([]);
    expect(broken("PV19", changed().note({ is: "promised", target: "channel:room", log: "memory" }))).toEqual([]);
    const clock = (detail: string) => run().note({ is: "fault", name: "service clock", detail }).says(1).says(2, { epoch: "f", seq: 1 });
    expect(broken("PV19", clock("channel:message:room -36636456"))).toEqual([]);
    expect(broken("PV19", clock("channel:message:another 5"))).toHaveLength(1);
  });
});

describe("attempts", () => {
  it("[PV11] end once each, as often as they were made", () => {
    const refused = { is: "refused", device: "ann/d", target: "channel:room", writer: "ann/d>channel:room", n: 2, code: "timeout" } as const;
    expect(broken("PV11", run().says(1).attempt(1).ack(1).attempt(2).note(refused))).toEqual([]);
    expect(broken("PV11", run().attempt(2).note(refused).note(refused))).toEqual(["ann/d>channel:room 2 has an outcome too many: refused"]);
    expect(broken("PV11", run().attempt(2))).toEqual(["ann/d>channel:room 2 has no outcome"]);
    expect(broken("PV11", run().attempt(2).note({ is: "died", device: "ann/d" }))).toEqual([]);
  });
});
