import { describe, expect, it } from "vitest";
import type { Sign } from "../../../src/domain/user/online-status.ts";
import { Unanswered } from "../../../src/domain/user/unanswered.ts";

const heard = (heardAt: number): Sign => ({ kind: "connected", heardAt, keepAliveMs: 10 });

describe("a device that leaves a push unacknowledged", () => {
  it("[PS7] is as good as lost until it is heard again", () => {
    const unanswered = new Unanswered();
    unanswered.mark("phone", 100);
    expect(unanswered.judge("phone", heard(90), 105)).toEqual({ kind: "lost", lostAt: 100 });
    expect(unanswered.judge("laptop", heard(90), 105)).toEqual(heard(90));
    expect(unanswered.judge("phone", heard(101), 105)).toEqual(heard(101));
    expect(unanswered.judge("phone", heard(90), 106)).toEqual(heard(90));
    unanswered.mark("phone", 200);
    expect([unanswered.heard("phone"), unanswered.heard("phone")]).toEqual([true, false]);
  });

  it("[PS8] is heard again by its next ping, also where the clock was set back meanwhile", () => {
    const unanswered = new Unanswered();
    unanswered.mark("phone", 1_000_000);
    expect(unanswered.judge("phone", heard(100), 100)).toEqual({ kind: "lost", lostAt: 100 });
    expect(unanswered.judge("phone", heard(101), 102)).toEqual(heard(101));
  });
});
