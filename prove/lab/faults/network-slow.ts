import { between, proxyFault } from "../network/fault-of.ts";

/** A narrow way: 8 KB/s for each connection. */
export const narrow = proxyFault("network-narrow", (random) => ({ conditions: { bytesPerSecond: 8_000 }, ms: between(1_000, 6_000, random) }));

/** Readers take 1 KB/s, far less than is said. */
export const crawl = proxyFault("network-crawl", (random) => ({ conditions: { bytesPerSecond: 1_000 }, ms: between(2_000, 8_000, random) }));

/** Every way takes its time, and not always the same. */
export const delayed = proxyFault("network-delay", (random) => ({
  conditions: { delayMs: between(20, 400, random), jitterMs: between(0, 300, random) },
  ms: between(1_000, 6_000, random),
}));
