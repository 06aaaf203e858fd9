/** After a pause of ours, as for a collection of garbage, no more than this is made good at once: that would be a burst of our own making. */
const CATCH_UP_MS = 50;

/**
 * Calls `publish` so many times a second, evenly, for so many seconds: an open loop, which does not wait for a server that is slow. Timers
 * have a grain of a millisecond, so what falls into one is sent together; a latency counts from its actual sending.
 */
export function atFixedRate(perSecond: number, seconds: number, publish: (count: number) => void): Promise<void> {
  const startedAt = performance.now();
  const total = Math.round(perSecond * seconds);
  const stepMs = 1000 / perSecond;
  let sent = 0;
  let shiftMs = 0;
  return new Promise((resolve) => {
    const step = (): void => {
      if (sent >= total) return resolve();
      const now = performance.now();
      const lateMs = now - (startedAt + shiftMs + sent * stepMs);
      if (lateMs > CATCH_UP_MS + stepMs) shiftMs += lateMs - CATCH_UP_MS - stepMs;
      while (sent < total && startedAt + shiftMs + sent * stepMs <= now) publish(sent++);
      setTimeout(step, Math.max(0, startedAt + shiftMs + sent * stepMs - performance.now()));
    };
    step();
  });
}
