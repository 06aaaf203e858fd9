import type { Channel, Client } from "../../../src/client/index.ts";
import type { MessageName } from "../../record/event.ts";
import type { Recorder } from "../../record/recorder.ts";
import { readBack } from "../../record/witness.ts";
import { isDurable } from "./cast.ts";
import type { Stage } from "./stage.ts";
import { writeOn } from "./writer.ts";

/** Of so many messages one is to be stored, is large, is looked for in history at once. */
const STORED_EVERY = 6;
const LARGE_EVERY = 40;
const LARGE_BYTES = 4_000;
const READ_BACK_EVERY = 60;

/** Publishes to a channel, as a member or not. */
export function publishOn(stage: Stage, recorder: Recorder, by: Client | Channel, name: string): Promise<void> {
  const { timeoutMs } = stage.task;
  return writeOn(stage, async (n) => {
    // What is stored is committed at once, and so is everything after it while it waits for the database, which there is none of here.
    const store = n % STORED_EVERY === 0 && isDurable(name);
    const large = n % LARGE_EVERY === 1;
    let said: MessageName | undefined;
    await recorder.publish(by, name, { timeoutMs, store, ...(large && { size: LARGE_BYTES }), acknowledged: (named) => (said = named) });
    if (said !== undefined && store && n % READ_BACK_EVERY === 0) await readBack(recorder, by, name, said);
  });
}

/** What its token does not allow: each has to be refused. */
export function trespassOn(stage: Stage, recorder: Recorder, by: Client | Channel, name: string): Promise<void> {
  return writeOn(stage, async () => {
    await recorder.publish(by, name, { timeoutMs: stage.task.timeoutMs, forbidden: true });
    await stage.moment(stage.task.paceMs * 20);
  });
}
