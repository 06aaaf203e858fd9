import { describe, expect, it } from "vitest";
import type { CallSeen, Untimed } from "../../../prove/record/event.ts";
import { broken, run } from "./events.ts";

const CHANNEL = "channel:room";

describe("presence", () => {
  it("[PV12] is who is there", () => {
    const said = (...users: string[]) => run().note({ is: "census", target: CHANNEL, said: users, live: ["ann", "bob"] });
    expect(broken("PV12", said("bob", "ann"))).toEqual([]);
    expect(broken("PV12", said("ann", "cy"))).toEqual(["channel:room: cy is said to be there and is not", "channel:room: bob is there and is not said to be"]);
  });

  const news = (change: "joined" | "left") => ({ is: "members", device: "bob/d", target: CHANNEL, change, users: ["ann"] }) as const;
  const long = 100_000;

  it("[PV13] fails for a leave or a join of who was there, also across a restart of the service", () => {
    const there = () => run().listens("ann/d", CHANNEL).pass(long);
    expect(broken("PV13", there().note(news("left")))).toEqual(["bob/d was told that ann left channel:room, who was there all the time"]);
    const restart = there().note({ is: "fault", name: "kill" }).link("ann/d", "reconnecting", CHANNEL).pass(5000).link("ann/d", "connected", CHANNEL);
    expect(broken("PV13", restart.note(news("joined")))).toHaveLength(1);
  });

  it("[PV13] holds for who left, vanished for a lease, or came", () => {
    const there = () => run().listens("ann/d", CHANNEL).pass(long);
    expect(broken("PV13", run().listens("ann/d", CHANNEL).note(news("joined")))).toEqual([]);
    expect(broken("PV13", there().note({ is: "leaves", device: "ann/d", target: CHANNEL }).note(news("left")))).toEqual([]);
    const leaving = there().note({ is: "leaves", device: "ann/d", target: CHANNEL }).link("ann/d", "reconnecting", CHANNEL).pass(15_000);
    expect(broken("PV13", leaving.note(news("left")))).toEqual([]);
    expect(broken("PV13", there().note({ is: "died", device: "ann/d" }).pass(30_000).note(news("left")))).toEqual([]);
    const away = there().link("ann/d", "reconnecting", CHANNEL).pass(30_000).note(news("left")).link("ann/d", "connected", CHANNEL);
    expect(broken("PV13", away.note(news("joined")))).toEqual([]);
  });

  it("[PV13] holds for who lost its right to be there, before its device has noted that or soon after", () => {
    const rights = (read: boolean): Untimed => ({ is: "rights", device: "ann/d", target: CHANNEL, read, write: true });
    const there = () => run().listens("ann/d", CHANNEL).pass(long);
    expect(broken("PV13", there().note(news("left")).note(rights(false)).pass(long).listens("bob/d", CHANNEL))).toEqual([]);
    expect(broken("PV13", there().note(rights(false)).note(rights(true)).pass(5_000).note(news("joined")))).toEqual([]);
    expect(broken("PV13", there().note(news("left")).note(rights(true)).pass(long).listens("bob/d", CHANNEL))).toHaveLength(1);
    expect(broken("PV13", there().note(rights(false)).note(rights(true)).pass(long).note(news("left")))).toHaveLength(1);
  });

  it("[PV13] does not judge where something could silence who was there, and counts all devices of a user", () => {
    const there = () => run().listens("ann/d", CHANNEL).pass(long);
    expect(broken("PV13", there().note({ is: "fault", name: "stop-client", until: 160_000 }).note(news("left")))).toEqual([]);
    const two = there().listens("ann/e", CHANNEL).link("ann/d", "reconnecting", CHANNEL).pass(long);
    expect(broken("PV13", two.note(news("left")))).toHaveLength(1);
  });
});

describe("calls", () => {
  const view = (device: string, version: number, phase: string, inside: string | undefined, end?: string): CallSeen => ({
    is: "call",
    at: 0,
    device,
    call: "c",
    version,
    phase,
    ...(end !== undefined && { end }),
    members: [
      { user: "ann", state: phase === "ended" ? "left" : "joined", device: "d" },
      { user: "bob", state: inside !== undefined ? "joined" : phase === "ended" ? "cancelled" : "ringing", device: inside },
    ],
  });

  it("[PV14] are one thing on all devices", () => {
    const told = run()
      .note(view("ann/d", 1, "ringing", undefined))
      .note(view("bob/a", 1, "ringing", undefined))
      .note(view("ann/d", 3, "ended", undefined, "left"));
    expect(broken("PV14", told.note(view("bob/a", 2, "active", "a")))).toEqual([]);
  });

  it("[PV14] have one content of a version, one end, and nothing after it; and never go back", () => {
    expect(
      broken(
        "PV14",
        run()
          .note(view("ann/d", 2, "active", "a"))
          .note(view("bob/a", 2, "active", "b")),
      ),
    ).toHaveLength(1);
    expect(
      broken(
        "PV14",
        run()
          .note(view("ann/d", 2, "ended", undefined, "left"))
          .note(view("bob/a", 3, "ended", undefined, "missed")),
      ),
    ).toEqual([
      'c has ended as "ended left | ann left d, bob cancelled " on ann/d, and as "ended missed | ann left d, bob cancelled " on bob/a',
      'c ended with version 2, and bob/a shows version 3: "ended missed | ann left d, bob cancelled "',
    ]);
    expect(
      broken(
        "PV14",
        run()
          .note(view("ann/d", 2, "ended", undefined, "left"))
          .note(view("bob/a", 3, "ringing", undefined)),
      ),
    ).toHaveLength(1);
    expect(
      broken(
        "PV14",
        run()
          .note(view("ann/d", 2, "active", "a"))
          .note(view("ann/d", 1, "ringing", undefined)),
      ),
    ).toEqual(["ann/d shows c at version 1 after 2"]);
  });

  it("[PV14] may begin anew when the clock of their object was set, and they took themselves for long forgotten", () => {
    const ended = (what: string) =>
      run()
        .note(view("ann/d", 2, "ended", undefined, "left"))
        .note({ is: "fault", name: "service clock", detail: what });
    expect(broken("PV14", ended("call:c 4263421").note(view("ann/d", 1, "ringing", undefined)))).toEqual([]);
    expect(broken("PV14", ended("call:another 4263421").note(view("ann/d", 1, "ringing", undefined)))).toHaveLength(1);
  });

  it("[PV14] ring for nobody when they have ended", () => {
    expect(broken("PV14", run().note(view("ann/d", 2, "ended", "a", "missed")))).toEqual(["c has ended on ann/d, and bob is still joined"]);
  });

  it("[PV14] are not judged by what a client concludes by itself", () => {
    const told = () => run().note(view("ann/d", 2, "active", "a"));
    for (const end of ["failed", "lost"]) expect(broken("PV14", told().note(view("bob/a", 2, "ended", "a", end)))).toEqual([]);
  });

  it("[PV15] are answered with one device", () => {
    const answered = (device: string, takeOver = false) => ({ is: "answered", device, call: "c", ...(takeOver && { takeOver }) }) as const;
    expect(broken("PV15", run().note(answered("bob/a")).note(answered("bob/a")).note(answered("cy/a")))).toEqual([]);
    expect(broken("PV15", run().note(answered("bob/a")).note(answered("bob/b")))).toEqual(["bob/a and bob/b have both answered c"]);
    expect(broken("PV15", run().note(answered("bob/a")).note(answered("bob/b", true)))).toEqual([]);
    const left = run()
      .note(answered("bob/a"))
      .note(view("ann/d", 2, "active", "a"))
      .note(view("ann/d", 3, "active", undefined));
    expect(broken("PV15", left.note(answered("bob/b")))).toEqual([]);
  });

  it("[PV15] do not move to another device by themselves", () => {
    const moved = () =>
      run()
        .note(view("ann/d", 2, "active", "a"))
        .note(view("ann/d", 3, "active", "b"));
    expect(broken("PV15", moved())).toEqual(["bob is in c with a at version 2, and with b at the next, which took nothing over"]);
    expect(broken("PV15", moved().note({ is: "answered", device: "bob/b", call: "c", takeOver: true }))).toEqual([]);
  });
});

describe("rights", () => {
  const right = (device: string, read: boolean, write: boolean) => ({ is: "rights", device, target: CHANNEL, read, write }) as const;

  it("[PV16] what is forbidden is refused, and heard by nobody", () => {
    const refused = { is: "refused", device: "ann/d", target: CHANNEL, writer: "ann/d>channel:room", n: 1, code: "forbidden" } as const;
    expect(broken("PV16", run().attempt(1, { forbidden: true }).note(refused))).toEqual([]);
    const accepted = run().listens("bob/d", CHANNEL).attempt(1, { forbidden: true }).ack(1).hears("bob/d", 1);
    expect(broken("PV16", accepted)).toEqual([
      "ann/d>channel:room 1 was accepted, without the right to say it",
      "bob/d heard ann/d>channel:room 1, which was forbidden",
    ]);
    expect(
      broken(
        "PV16",
        run()
          .note(right("ann/d", true, false))
          .says(1),
      ),
    ).toHaveLength(1);
  });

  it("[PV16] what is said after a right was taken away is not heard; what was said before may be under way", () => {
    const taken = run()
      .listens("bob/d", CHANNEL)
      .attempt(1)
      .note(right("bob/d", false, false))
      .ack(1)
      .hears("bob/d", 1);
    expect(broken("PV16", taken)).toEqual([]);
    expect(broken("PV16", taken.says(2).hears("bob/d", 2))).toEqual([
      "bob/d heard ann/d>channel:room 2, said when it had no right to hear channel:room any more",
    ]);
    expect(
      broken(
        "PV16",
        taken
          .note(right("bob/d", true, true))
          .says(3)
          .hears("bob/d", 3),
      ),
    ).toHaveLength(1);
  });

  it("[PV16] a device's next life has the rights of its own token", () => {
    const reborn = run()
      .listens("bob/d", CHANNEL)
      .note(right("bob/d", false, false))
      .note({ is: "died", device: "bob/d" })
      .listens("bob/d", CHANNEL)
      .says(1)
      .hears("bob/d", 1);
    expect(broken("PV16", reborn)).toEqual([]);
  });
});

describe("after the storm", () => {
  it("[PV17] sizes are what they were, but for their slack", () => {
    const gauge = (when: "before" | "during" | "after", value: number, slack?: number) =>
      ({ is: "gauge", name: "rows", when, value, ...(slack !== undefined && { slack }) }) as const;
    expect(broken("PV17", run().note(gauge("before", 5)).note(gauge("during", 900)).note(gauge("after", 9)).note(gauge("after", 5)))).toEqual([]);
    expect(
      broken(
        "PV17",
        run()
          .note(gauge("before", 5))
          .note(gauge("after", 7, 2)),
      ),
    ).toEqual([]);
    expect(
      broken(
        "PV17",
        run()
          .note(gauge("before", 5))
          .note(gauge("after", 8, 2)),
      ),
    ).toEqual(["rows: 5 before, 8 after, with 2 to spare"]);
  });

  it("[PV18] every device is back, unless it was sent away or killed", () => {
    const away = () => run().link("ann/d", "connected").link("ann/d", "reconnecting");
    expect(broken("PV18", away())).toEqual([]);
    expect(broken("PV18", away().note({ is: "calm" }))).toEqual(["ann/d is reconnecting at the end"]);
    expect(broken("PV18", away().note({ is: "calm" }).link("ann/d", "connected").link("ann/d", "reconnecting", CHANNEL))).toEqual([
      "ann/d is reconnecting at the end, with channel:room",
    ]);
    expect(broken("PV18", away().note({ is: "calm" }).link("ann/d", "closed"))).toEqual([]);
    expect(broken("PV18", away().note({ is: "calm" }).note({ is: "died", device: "ann/d" }))).toEqual([]);
  });

  it("[PV20] is back within a bound, where one is given", () => {
    const killed = run().listens("bob/d", CHANNEL).attempt(1).note({ is: "fault", name: "kill" }).link("bob/d", "reconnecting");
    killed.link("bob/d", "connected").hears("bob/d", 1).ack(1);
    expect(broken("PV20", killed)).toEqual([]);
    expect(broken("PV20", killed, { killToDeliveryMs: 3000 })).toEqual([]);
    expect(broken("PV20", killed, { killToDeliveryMs: 2999 })).toEqual(["nothing was heard for 3000 ms after a kill, 2999 are allowed"]);
  });
});

describe("a service that only says no", () => {
  const gap = (to: number, reason = "too-old") => ({ is: "gap", device: "bob/d", target: CHANNEL, reason, from: 1, to, epoch: "e", seq: to }) as const;

  it("[PV21] does not get by with gaps", () => {
    const missed = () => run().listens("bob/d", CHANNEL).says(1).says(2);
    expect(broken("PV21", missed().note(gap(2)))).toEqual([
      "bob/d was told that 1 to 2 of channel:room are too old, 5000 ms after it had heard what is before",
    ]);
    expect(broken("PV21", missed().note({ is: "fault", name: "kill" }).note(gap(2)))).toHaveLength(1);
  });

  it("[PV21] may say so to who was away for long, or missed much, was silenced, or reads from memory", () => {
    const missed = () => run().listens("bob/d", CHANNEL).says(1).says(2);
    expect(broken("PV21", missed().pass(120_000).note(gap(2)))).toEqual([]);
    expect(broken("PV21", missed().note(gap(200)))).toEqual([]);
    expect(broken("PV21", missed().note({ is: "fault", name: "stop-client" }).note(gap(2)))).toEqual([]);
    expect(broken("PV21", missed().note({ is: "promised", target: CHANNEL, log: "memory" }).note(gap(2)))).toEqual([]);
  });

  const timeout = { is: "refused", device: "ann/d", target: CHANNEL, writer: "ann/d>channel:room", n: 1, code: "timeout" } as const;

  it("[PV23] answers who is connected", () => {
    const told = run().link("ann/d", "connected").link("ann/d", "connected", CHANNEL).attempt(1).pass(10_000);
    expect(broken("PV23", told.note(timeout))).toEqual(["ann/d>channel:room 1 had no answer, and ann/d has been connected for 13 s"]);
  });

  it("[PV23] may leave who is not, or only just, without an answer; and under faults", () => {
    const said = () => run().link("ann/d", "connected").attempt(1).pass(10_000);
    expect(broken("PV23", said().link("ann/d", "connected").note(timeout))).toEqual([]);
    expect(broken("PV23", said().link("ann/d", "reconnecting", CHANNEL).pass(10_000).note(timeout))).toEqual([]);
    expect(broken("PV23", said().note({ is: "fault", name: "kill" }).note(timeout))).toEqual([]);
    expect(broken("PV23", said().note({ is: "fault", name: "delay" }).pass(7000).note(timeout))).toEqual([]);
  });
});
