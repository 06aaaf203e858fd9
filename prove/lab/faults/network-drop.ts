import { between, oneOf, proxyFault } from "../network/fault-of.ts";

/** Every connection ends at once, and may come back at once. */
export const dropAll = proxyFault("network-drop-all", (random) => ({ conditions: {}, ms: 0, cut: oneOf(["reset", "end"], random) }));

/** Every connection ends, and nobody gets through for a while. */
export const refuseAll = proxyFault("network-refuse", (random) => ({
  conditions: { refuse: true },
  ms: between(500, 5_000, random),
  cut: oneOf(["reset", "end"], random),
}));

/** Connections die within 50 ms of their beginning: before, in, or just after the welcome. */
export const dropYoung = proxyFault("network-drop-young", (random) => ({
  conditions: { resetAfterMs: between(1, 50, random), only: "new" },
  ms: between(1_000, 4_000, random),
  cut: "reset",
}));
