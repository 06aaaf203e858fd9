import { between, oneOf, proxyFault } from "../network/fault-of.ts";

/** Nothing gets through one way, or both, and nobody is told. Some last longer than two keep-alives, most do not. */
export const blackhole = proxyFault("network-blackhole", (random) => ({
  conditions: { blackhole: oneOf(["up", "down", "both"], random) },
  ms: between(500, 8_000, random),
}));

/** New connections get nowhere, established ones go on. */
export const blackholeNew = proxyFault("network-blackhole-new", (random) => ({
  conditions: { blackhole: oneOf(["up", "down", "both"], random), only: "new" },
  ms: between(500, 6_000, random),
}));

/** A box on the way has forgotten the established connections; new ones get through. */
export const blackholeEstablished = proxyFault("network-blackhole-established", (random) => ({
  conditions: { blackhole: "both", only: "established" },
  ms: between(2_000, 15_000, random),
}));

/** Nothing gets through, and half of the time all connections are lost at its beginning. */
export const partition = proxyFault("network-partition", (random) => {
  const time = { conditions: { blackhole: "both" as const }, ms: between(1_000, 10_000, random) };
  return random() < 0.5 ? { ...time, cut: "reset" } : time;
});
