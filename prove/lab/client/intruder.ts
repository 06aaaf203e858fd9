import { payloadOf } from "../../record/payload.ts";
import type { Recorder } from "../../record/recorder.ts";
import type { Rest } from "../rest.ts";
import type { Part } from "./cast.ts";
import { Guest } from "./guest.ts";
import { pause, type Stage } from "./stage.ts";

const STAY_MS = 1_500;
const AWAY_MS = 1_500;
/** Where a kick had to be asked for again, the first one may still be on its way to the channel: it is repeated every 5 s. */
const ON_ITS_WAY_MS = 12_000;

/** Is kicked, and tries its ticket once more: it must open nothing. */
export async function intrudeOn(stage: Stage, part: Part, recorder: Recorder, name: string, rest: Rest): Promise<void> {
  const target = `channel:${name}` as const;
  const writer = `${recorder.device}~${stage.task.life}>${target}`;
  for (let n = 1; stage.running; ) {
    const guest = await Guest.enter(stage, part, name).catch(() => undefined);
    await stage.moment(STAY_MS);
    if (guest === undefined) continue;
    await stage.under(expel(rest, part.user));
    recorder.note({ is: "rights", device: recorder.device, target, read: false, write: false });
    const message = { device: recorder.device, target, writer, n };
    recorder.note({ is: "attempt", ...message, forbidden: true });
    const said = guest.sayAgain(payloadOf({ writer, n })).then(
      ({ epoch, seq }) => recorder.note({ is: "ack", ...message, epoch, seq }),
      (error: unknown) => recorder.note({ is: "refused", ...message, code: reasonOf(error) }),
    );
    await stage.under(said);
    n += 1;
    guest.vanish();
    await stage.moment(AWAY_MS);
  }
}

/** Resolves when the kick must have reached every channel. */
async function expel(rest: Rest, user: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await rest.kick(user);
      if (attempt > 1) await pause(ON_ITS_WAY_MS);
      return;
    } catch {
      await pause(500);
    }
  }
}

/** Of a door that was closed, the close code. */
const reasonOf = (error: unknown): string => /closed with (\d+)/.exec(String(error))?.[1] ?? "no answer";
