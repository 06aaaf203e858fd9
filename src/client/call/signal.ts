import { LIMITS } from "../../protocol/limits.ts";
import type { UserId } from "../../protocol/names.ts";
import { concatBytes } from "../../util/bytes.ts";
import { decodeUtf8, encodeUtf8 } from "../../util/text.ts";

/** The custom type of the peer messages that carry signals. */
export const SIGNAL_TYPE = "wigwag.call";

export interface Signal {
  readonly from: UserId;
  readonly data: string | Uint8Array;
}

const CALL_ID = /^[0-9a-f]{32}$/;
const CALL_ID_CHARS = 32;

/** The call's id stands before the data, text in text and bytes in bytes. */
export const writeSignal = (call: string, data: string | Uint8Array): string | Uint8Array =>
  typeof data === "string" ? call + data : concatBytes(encodeUtf8(call), data);

/** Undefined: somebody uses the custom type for something else. */
export function readSignal(from: UserId, data: string | Uint8Array): (Signal & { readonly call: string }) | undefined {
  const head = data.slice(0, CALL_ID_CHARS);
  const call = typeof head === "string" ? head : textOf(head);
  return CALL_ID.test(call) ? { call, from, data: data.slice(CALL_ID_CHARS) } : undefined;
}

function textOf(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch {
    return "";
  }
}

/** Signals that overtook the word that this device is in their call: the other side may hear of an answer before who gave it. */
export class EarlySignals {
  #held: (Signal & { readonly call: string })[] = [];

  hold(signal: Signal & { readonly call: string }): void {
    this.#held.push(signal);
    if (this.#held.length > LIMITS.callSignalsHeld) this.#held.shift();
  }

  take(call: string): Signal[] {
    const taken = this.#held.filter((signal) => signal.call === call);
    this.#held = this.#held.filter((signal) => signal.call !== call);
    return taken;
  }
}
