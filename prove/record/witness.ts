import type { Call } from "../../src/client/call/index.ts";
import type { Channel, Client } from "../../src/client/index.ts";
import type { MessageName } from "./event.ts";
import { readPayload } from "./payload.ts";
import type { Recorder } from "./recorder.ts";

/** Looks in history for a stored message that was just acknowledged. What cannot be read now is not noted. */
export async function readBack(recorder: Recorder, by: Client | Channel, name: string, { writer, n }: MessageName): Promise<void> {
  const page = { sender: recorder.user, limit: 100 };
  try {
    const { messages } = await ("join" in by ? by.call("channel.history", { channel: { type: "message", name }, ...page }) : by.history(page));
    const found = messages.some(({ data }) => {
      const known = readPayload(data);
      return known?.writer === writer && known.n === n;
    });
    recorder.note({ is: "readback", device: recorder.device, target: `channel:${name}`, writer, n, found });
  } catch {
    // The service is away.
  }
}

/** A call as its device sees it, once the service has spoken of it. */
export function noteCall(recorder: Recorder, call: Call): void {
  const { id, version, phase, end, members } = call;
  // Two that have called each other are one call, which goes on as the other object of this id.
  if (version < 1 || call.view.into === id) return;
  const states = members.map(({ user, state, device }) => ({ user, state, ...(device !== undefined && { device }) }));
  recorder.note({ is: "call", device: recorder.device, call: id, version, phase, end, members: states });
}

export async function accept(recorder: Recorder, call: Call): Promise<void> {
  await call.accept();
  recorder.note({ is: "answered", device: recorder.device, call: call.id });
}
