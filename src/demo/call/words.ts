import type { Call } from "../../client/call/index.ts";

export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** `ada, bob and carol` */
export function listOf(names: readonly string[]): string {
  return new Intl.ListFormat("en", { type: "conjunction" }).format(names);
}

/** How a call ended, for the person of this device; undefined where that is no news. */
export function endWords(call: Call, me: string): string | undefined {
  const others = listOf(call.members.filter(({ user }) => user !== me).map(({ user }) => user));
  const state = call.self?.state;
  if (call.phase !== "ended") {
    if (state === "joined") return "The call goes on with your other device.";
    return state === "missed" ? `You missed a call from ${call.from}.` : undefined;
  }
  switch (call.end) {
    case "refused":
      return call.direction === "outgoing" ? `${others} declined.` : undefined;
    case "busy":
      return `${others} ${call.members.length > 2 ? "are" : "is"} in another call.`;
    case "missed":
      return call.direction === "outgoing" ? `${others} did not answer.` : `You missed a call from ${call.from}.`;
    case "unreachable":
      return `${others} could not be reached.`;
    case "cancelled":
      return call.direction === "outgoing" ? undefined : `You missed a call from ${call.from}.`;
    case "lost":
      return "The call was lost.";
    case "left":
      return "The call has ended.";
    case "ended-by-app":
      return "The call was ended.";
    case "failed":
      return wordsOf(call.error);
    default:
      return undefined;
  }
}

/** Beneath the name, while it rings. */
export function ringWords(call: Call): string {
  if (call.direction === "incoming") return call.members.length > 2 ? "calls you and others" : "is calling you";
  const [, ...callees] = call.members;
  if (callees.some(({ state }) => state === "ringing")) return "Ringing …";
  return callees.every(({ online }) => online === false) ? "Not online now; it rings as soon as that changes …" : "Calling …";
}

/** `3:07`, or `1:02:45`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
