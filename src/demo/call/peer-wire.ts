import type { Sending } from "./local-media.ts";

/** What two ends of a connection tell each other, as JSON in a signal of the call. */
export interface PeerSignal {
  /** Which end speaks: a reload or another device is another one, with a connection of its own. */
  readonly end: string;
  /** Whom it means, if it knows. */
  readonly to?: string | undefined;
  readonly description?: RTCSessionDescriptionInit | undefined;
  readonly candidate?: RTCIceCandidateInit | undefined;
  readonly sending?: Sending | undefined;
  /** Says something again, please: nothing is coming. */
  readonly again?: true | undefined;
}

/** Undefined for what no page of ours has said. What is inside a description is the browser's to judge. */
export function readPeerSignal(data: string | Uint8Array): PeerSignal | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return isPeerSignal(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function isPeerSignal(value: unknown): value is PeerSignal {
  if (!isObject(value) || typeof value.end !== "string") return false;
  const { to, description, candidate, sending, again } = value;
  if (to !== undefined && typeof to !== "string") return false;
  if (again !== undefined && again !== true) return false;
  if (candidate !== undefined && !isObject(candidate)) return false;
  if (sending !== undefined && !(isObject(sending) && typeof sending.microphone === "boolean" && typeof sending.camera === "boolean")) return false;
  return (
    description === undefined ||
    (isObject(description) && (description.type === "offer" || description.type === "answer") && typeof description.sdp === "string")
  );
}
