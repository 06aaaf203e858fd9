import type { Client } from "../../../src/client/index.ts";
import type { Recorder } from "../../record/recorder.ts";
import type { Stage } from "./stage.ts";
import { writeOn } from "./writer.ts";

const IF_ABSENT = ["keep", "keep", "bridge", "drop"] as const;
const STORED_EVERY = 9;

/** Of a device that sends much at once: more than one that comes back is handed in one go, so that what is new has to wait behind it. */
const MUCH_EVERY = 60;
const MUCH = 44;
const MUCH_BYTES = 28_000;

/** Writes to a user, who may be away. */
export function sendOn(stage: Stage, recorder: Recorder, client: Client, to: string, isMuch: boolean): Promise<void> {
  const { timeoutMs, paceMs } = stage.task;
  return writeOn(stage, async (n) => {
    if (isMuch && n % MUCH_EVERY === MUCH_EVERY / 2) {
      await Promise.all(Array.from({ length: MUCH }, () => recorder.send(client, to, { timeoutMs, size: MUCH_BYTES })));
      return;
    }
    const ifAbsent = IF_ABSENT[n % IF_ABSENT.length] ?? "keep";
    await recorder.send(client, to, { timeoutMs, ifAbsent, store: n % STORED_EVERY === 0 });
    await stage.moment(paceMs);
  });
}
