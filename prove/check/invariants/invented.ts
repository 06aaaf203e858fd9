import type { DeviceName, Writer } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { entry } from "../model/entry.ts";
import { Found } from "../model/found.ts";
import { Bits } from "../model/numbers.ts";

interface Heard {
  readonly writer: Writer;
  readonly n: number;
  readonly by: string;
  readonly at: number;
}

/** Everything that is heard, or stands in history, was said by somebody, and said to that target. */
export const invented: Invariant = {
  rule: "PV4",
  title: "nothing is invented",
  begin(): Watch {
    const found = new Found("PV4");
    const said = new Map<Writer, { readonly target: string; readonly device: DeviceName; readonly numbers: Bits }>();
    const died = new Set<DeviceName>();
    /** Said nowhere as far as was read: clocks of processes are not that exact. */
    const early: Heard[] = [];

    const hear = (target: string, heard: Heard): void => {
      const own = said.get(heard.writer);
      if (own !== undefined && own.target !== target) found.add(`${heard.by} has ${heard.writer} ${heard.n} in ${target}, said to ${own.target}`, heard.at);
      else if (own?.numbers.has(heard.n) !== true) early.push(heard);
    };
    // A killed process takes its last notes with it.
    const mayBeUnwritten = (writer: Writer): boolean => died.has(said.get(writer)?.device ?? writer.slice(0, writer.search(/[~>]/)));

    return {
      see(event) {
        if (event.is === "attempt") {
          const { target, device } = event;
          entry(said, event.writer, () => ({ target, device, numbers: new Bits() })).numbers.add(event.n);
        } else if (event.is === "died") died.add(event.device);
        else if (event.is === "delivery") hear(event.target, { writer: event.writer, n: event.n, by: event.device, at: event.at });
        else if (event.is === "drained") for (const { writer, n } of event.items) hear(event.target, { writer, n, by: "history", at: event.at });
      },
      end() {
        for (const { writer, n, by, at } of early) {
          if (said.get(writer)?.numbers.has(n) === true || mayBeUnwritten(writer)) continue;
          found.add(`${by} has ${writer} ${n}, which nobody said`, at);
        }
        return found.list();
      },
    };
  },
};
