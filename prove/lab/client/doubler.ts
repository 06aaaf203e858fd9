import type { Target } from "../../record/event.ts";
import { payloadOf } from "../../record/payload.ts";
import type { Recorder } from "../../record/recorder.ts";
import type { Part } from "./cast.ts";
import type { Stage } from "./stage.ts";
import { type Answer, TwinSockets } from "./twin-sockets.ts";

const RETRY_MS = 300;
const LOOK_MS = 30;
/** Both answers to one message come within this, as a rule; a later one is not noted. */
const LATE_MS = 200;
/** Then it is submitted again. */
const PATIENCE_MS = 5_000;
const PING_EVERY_MS = 5_000;

/** Submits each message over two sockets at once, and again over the next two where it was not answered: it must have one effect. */
export async function doubleOn(stage: Stage, part: Part, recorder: Recorder, name: string): Promise<void> {
  const heard = new Map<number, (answer: Answer) => void>();
  const instance = crypto.randomUUID();
  const open = async (): Promise<TwinSockets> => {
    for (;;) {
      try {
        return await TwinSockets.open(stage.task.url, { ...part, instance, name }, (answer) => heard.get(answer.id)?.(answer));
      } catch {
        await stage.moment(RETRY_MS);
      }
    }
  };
  let sockets = await open();
  const pings = setInterval(() => sockets.ping(), PING_EVERY_MS);
  const submit = async (id: number, data: string, answered: () => boolean): Promise<void> => {
    while (!answered()) {
      if (!sockets.open) {
        sockets.terminate();
        sockets = await open();
      }
      sockets.submit(id, data);
      for (let waited = 0; waited < PATIENCE_MS && !answered() && sockets.open; waited += LOOK_MS) await stage.moment(LOOK_MS);
    }
    await stage.moment(LATE_MS);
  };

  const target: Target = `channel:${name}`;
  const writer = `${recorder.device}~${stage.task.life}>${target}`;
  const { firstId } = sockets;
  for (let n = 1; stage.running; n++) {
    const message = { device: recorder.device, target, writer, n };
    const id = firstId + n;
    let acks = 0;
    let refusal: string | undefined;
    heard.set(id, (answer) => {
      if ("error" in answer) {
        if (answer.retry === "never") refusal = answer.error;
        return;
      }
      acks += 1;
      // The answer to a repeat is one more outcome of one more attempt.
      if (acks > 1) recorder.note({ is: "attempt", ...message });
      const { epoch, seq, duplicate } = answer.ok;
      recorder.note({ is: "ack", ...message, epoch, seq, ...(duplicate && { duplicate }) });
    });
    recorder.note({ is: "attempt", ...message });
    await stage.under(submit(id, payloadOf({ writer, n }), () => acks > 0 || refusal !== undefined));
    heard.delete(id);
    if (acks === 0) recorder.note({ is: "refused", ...message, code: refusal ?? "" });
  }
  clearInterval(pings);
  await sockets.leave().catch(() => {});
}
