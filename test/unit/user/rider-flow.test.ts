import { describe, expect, it } from "vitest";
import { RiderFlow } from "../../../src/domain/user/rider-flow.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";

const KB = 1024;
const TEA = "channel:message:tea";

describe("riding devices' flow", () => {
  it("[US24] a device that acknowledges may get any volume", () => {
    const flow = new RiderFlow();
    for (let seq = 1; seq <= 200; seq++) {
      expect(flow.sent("d", TEA, 32 * KB, seq)).toBe(true);
      if (seq % 8 === 0) flow.acknowledge("d", TEA, seq);
    }
  });

  it("[US24] one that does not is too slow beyond 1 MB; its other channels and devices are not", () => {
    const flow = new RiderFlow();
    const sent = Array.from({ length: 40 }, (_, i) => flow.sent("d", TEA, 32 * KB, i + 1));
    expect(sent.indexOf(false)).toBe(LIMITS.slowReaderBytes / (32 * KB));
    expect(flow.sent("d", "channel:message:bar", 32 * KB, 1)).toBe(true);
    expect(flow.sent("e", TEA, 32 * KB, 1)).toBe(true);
  });

  it("[US24] an acknowledgement counts as far as it reaches; a new ride starts anew", () => {
    const flow = new RiderFlow();
    for (let seq = 1; seq <= 32; seq++) flow.sent("d", TEA, 32 * KB, seq);
    flow.acknowledge("d", TEA, 1);
    expect(flow.sent("d", TEA, 32 * KB, 33)).toBe(true);
    expect(flow.sent("d", TEA, 32 * KB, 34)).toBe(false);
    flow.forget("d", TEA);
    expect(flow.sent("d", TEA, 32 * KB, 35)).toBe(true);
  });
});
