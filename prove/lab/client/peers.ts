import type { Client } from "../../../src/client/index.ts";
import type { Recorder } from "../../record/recorder.ts";
import type { Stage } from "./stage.ts";
import { writeOn } from "./writer.ts";

const IF_ABSENT = ["keep", "keep", "bridge", "drop"] as const;
const STORED_EVERY = 9;

/** Writes to a user, who may be away. */
export function sendOn(stage: Stage, recorder: Recorder, client: Client, to: string): Promise<void> {
  const { timeoutMs, paceMs } = stage.task;
  return writeOn(stage, async (n) => {
    const ifAbsent = IF_ABSENT[n % IF_ABSENT.length] ?? "keep";
    await recorder.send(client, to, { timeoutMs, ifAbsent, store: n % STORED_EVERY === 0 });
    await stage.moment(paceMs);
  });
}
