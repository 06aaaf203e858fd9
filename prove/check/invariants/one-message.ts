import type { MessageName, Place, Target, Writer } from "../../record/event.ts";
import type { Invariant, Watch } from "../invariant.ts";
import { entry } from "../model/entry.ts";
import { Found } from "../model/found.ts";
import { Numbers } from "../model/numbers.ts";

/** A writer and its number in one: numbers stay far below it. */
const MESSAGES = 2 ** 32;

/** A place in a stream holds one message, on every device, in every acknowledgement, and in history. */
export const oneMessage: Invariant = {
  rule: "PV7",
  title: "a place holds one message",
  begin(): Watch {
    const found = new Found("PV7");
    const names: Writer[] = [];
    const writers = new Map<Writer, number>();
    const streams = new Map<Target, Map<string, Numbers>>();
    const index = (writer: Writer): number => entry(writers, writer, () => names.push(writer) - 1);
    const show = (message: number): string => `${names[Math.floor(message / MESSAGES)]} ${message % MESSAGES}`;

    const put = (target: Target, { writer, n, epoch, seq }: MessageName & Place, by: string, at: number): void => {
      if (epoch === undefined || seq === undefined) return;
      const own = entry(
        entry(streams, target, () => new Map<string, Numbers>()),
        epoch,
        () => new Numbers(),
      );
      const message = index(writer) * MESSAGES + n;
      const before = own.get(seq);
      if (before === undefined) own.set(seq, message);
      else if (before !== message) found.add(`${target} ${epoch}.${seq} is ${show(before)}, and ${show(message)} as ${by} has it`, at);
    };

    return {
      see(event) {
        if (event.is === "ack") put(event.target, event, `the acknowledgement of ${event.device}`, event.at);
        else if (event.is === "delivery") put(event.target, event, event.device, event.at);
        else if (event.is === "drained") for (const item of event.items) put(event.target, item, "history", event.at);
      },
      end: () => found.list(),
    };
  },
};
