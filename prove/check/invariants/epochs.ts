import type { Target } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { entry } from "../model/entry.ts";
import { Found } from "../model/found.ts";
import { SetClocks } from "../model/set-clocks.ts";

interface Epoch {
  readonly first: number;
  last: number;
}

/** What was acknowledged durably keeps its epoch: a channel begins anew only when it was empty for so long that it is forgotten. */
export function epochs(forgottenMs: number): Invariant {
  return {
    rule: "PV19",
    title: "a durable stream keeps its epoch",
    begin(): Watch {
      const targets = new Map<Target, Map<string, Epoch>>();
      const memory = new Set<Target>();
      const clocks = new SetClocks();
      return {
        see(event) {
          clocks.see(event);
          if (event.is === "promised" && event.log === "memory") memory.add(event.target);
          if (event.is !== "ack" || event.epoch === undefined) return;
          const { target, epoch, at } = event;
          const own = entry(
            entry(targets, target, () => new Map<string, Epoch>()),
            epoch,
            () => ({ first: at, last: at }),
          );
          own.last = at;
        },
        end() {
          const found = new Found("PV19");
          for (const [target, own] of targets) {
            if (memory.has(target) || clocks.mayForgetChannel(target)) continue;
            const inOrder = [...own].sort(([, a], [, b]) => a.first - b.first);
            for (const [i, [epoch, { first }]] of inOrder.entries()) {
              const before = inOrder[i - 1];
              if (before !== undefined && first - before[1].last < forgottenMs) found.add(`${target} went from epoch ${before[0]} to ${epoch}`, first);
            }
          }
          return found.list();
        },
      };
    },
  };
}
