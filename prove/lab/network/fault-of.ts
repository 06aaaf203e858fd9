import type { ProxyConditions } from "../conditions.ts";
import type { FaultKind, Lab, LabProxy } from "../fault.ts";

/** A bad time on the way: what is done, and for how long. */
export interface BadTime {
  readonly conditions: ProxyConditions;
  readonly ms: number;
  /** Done at its beginning. */
  readonly cut?: "reset" | "end";
}

/** A way has one sort of weather at a time: what would begin meanwhile waits for its turn. */
const turns = new WeakMap<LabProxy, Promise<void>>();

/** A fault that is a condition of the way for a while. */
export function proxyFault(name: string, choose: (random: () => number) => BadTime): FaultKind {
  const inflict = async (lab: Lab, { conditions, ms, cut }: BadTime): Promise<void> => {
    lab.fault({ name, detail: `${JSON.stringify(conditions)}${cut === undefined ? "" : `, cut by ${cut}`}, ${Math.round(ms)} ms`, until: lab.now() + ms });
    lab.proxy.set(conditions);
    if (cut !== undefined) lab.proxy.cut(cut);
    try {
      await lab.pause(ms);
    } finally {
      lab.proxy.set({});
    }
  };
  return {
    name,
    inflict: (lab, random) => {
      // Chosen before it waits, so that a seed gives the same whatever the others do.
      const time = choose(random);
      const turn = (turns.get(lab.proxy) ?? Promise.resolve()).then(() => inflict(lab, time));
      turns.set(
        lab.proxy,
        turn.catch(() => {}),
      );
      return turn;
    },
  };
}

/** Between the two, evenly. */
export const between = (least: number, most: number, random: () => number): number => least + random() * (most - least);

export const oneOf = <Choice>(choices: readonly [Choice, ...Choice[]], random: () => number): Choice =>
  choices[Math.floor(random() * choices.length)] ?? choices[0];
