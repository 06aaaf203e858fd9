import { describe, expect, it } from "vitest";
import { Relays } from "../../../src/domain/user/relays.ts";
import { LIMITS } from "../../../src/protocol/limits.ts";

const tea = { type: "message", name: "tea" } as const;
const bar = { type: "message", name: "bar" } as const;

function relays(open = true) {
  const sent: string[] = [];
  return { sent, relays: new Relays((device, frame) => open && sent.push(`${device}:${frame}`) > 0) };
}

describe("frames for riding devices", () => {
  it("[US19] wait while a join is under way, and follow what was missed", () => {
    const { sent, relays: out } = relays();
    out.hold("d", tea);
    expect(out.relay("d", tea, ["3", "4"])).toBe(true);
    out.relay("d", bar, ["x"]);
    out.relay("e", tea, ["y"]);
    expect(sent).toEqual(["d:x", "e:y"]);
    out.release("d", tea, ["1", "2"]);
    out.relay("d", tea, ["5"]);
    expect(sent.slice(2)).toEqual(["d:1", "d:2", "d:3", "d:4", "d:5"]);
  });

  it("[US19] wait for the last of several joins", () => {
    const { sent, relays: out } = relays();
    out.hold("d", tea);
    out.hold("d", tea);
    out.relay("d", tea, ["2"]);
    out.drop("d", tea);
    expect(sent).toEqual([]);
    out.release("d", tea, ["1"]);
    expect(sent).toEqual(["d:1", "d:2"]);
  });

  it("[US19] are dropped beyond 1 MB, as a whole: the client sees a gap and asks", () => {
    const { sent, relays: out } = relays();
    out.hold("d", tea);
    out.relay("d", tea, ["1", "x".repeat(LIMITS.slowReaderBytes)]);
    out.relay("d", tea, ["3"]);
    out.release("d", tea, []);
    expect(sent).toEqual([]);
  });

  it("[US13] are refused where there is no socket", () => {
    expect(relays(false).relays.relay("d", tea, ["1"])).toBe(false);
  });
});
