import { treeUsage } from "../../../bench/lib/server-usage.ts";

export interface Sample {
  /** Seconds since the series began. */
  readonly at: number;
  readonly value: number;
}

/** A size that is looked at in steady intervals. */
export interface Series {
  readonly samples: readonly Sample[];
  /** Looks once more, and no more after that. */
  stop(): readonly Sample[];
}

export function startSeries(everyMs: number, look: () => number): Series {
  const startedAt = performance.now();
  const samples: Sample[] = [];
  const take = (): void => void samples.push({ at: (performance.now() - startedAt) / 1000, value: look() });
  take();
  const timer = setInterval(take, everyMs);
  return {
    samples,
    stop: () => {
      clearInterval(timer);
      take();
      return samples;
    },
  };
}

/** Megabytes that a process and its children hold; 0 where it is gone. */
export function residentMb(pid: number): number {
  try {
    return treeUsage(pid).rssBytes / 1024 / 1024;
  } catch {
    return 0;
  }
}

/** How much the samples rise per second, by least squares. */
export function slope(samples: readonly Sample[]): number {
  const { length } = samples;
  if (length < 2) return 0;
  const meanAt = samples.reduce((sum, { at }) => sum + at, 0) / length;
  const meanValue = samples.reduce((sum, { value }) => sum + value, 0) / length;
  let over = 0;
  let under = 0;
  for (const { at, value } of samples) {
    over += (at - meanAt) * (value - meanValue);
    under += (at - meanAt) ** 2;
  }
  return under === 0 ? 0 : over / under;
}

export const secondHalf = (samples: readonly Sample[]): readonly Sample[] => samples.slice(Math.floor(samples.length / 2));
export const largest = (samples: readonly Sample[]): number => samples.reduce((most, { value }) => Math.max(most, value), 0);
