import type { CpuProfile } from "./inspector.ts";

export interface SelfTime {
  readonly what: string;
  /** Of all samples. */
  readonly share: number;
}

/** Functions by the time spent in them and not in what they call, most first. */
export function selfTimes(profile: CpuProfile): SelfTime[] {
  const nameOf = new Map(profile.nodes.map(({ id, callFrame }) => [id, describe(callFrame)]));
  const { samples = [], timeDeltas = [] } = profile;
  const spent = new Map<string, number>();
  let total = 0;
  samples.forEach((id, index) => {
    const what = nameOf.get(id) ?? "unknown";
    // A delta stands before its sample; what follows a sample is the next one's.
    const micros = Math.max(0, timeDeltas[index + 1] ?? 0);
    spent.set(what, (spent.get(what) ?? 0) + micros);
    total += micros;
  });
  return [...spent].map(([what, micros]) => ({ what, share: micros / total })).sort((a, b) => b.share - a.share);
}

function describe({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  const file = url.split("/").at(-1);
  const name = functionName === "" ? "(anonymous)" : functionName;
  return file === undefined || file === "" ? name : `${name}  ${file}:${lineNumber + 1}`;
}
