import { LIMITS } from "../../protocol/limits.ts";
import type { CallView } from "../../protocol/messages/call.ts";
import type { DeviceId, UserId } from "../../protocol/names.ts";
import { callerOf, isRung, memberOf } from "./call-state.ts";

/**
 * What a user's object knows of a call: enough to be busy, to notice that two call each other, and to watch the device that is in
 * it. What it knows may be old; the call itself decides.
 */
export interface Pointer {
  readonly call: string;
  /** Of the newest view seen; 0 before the call has answered. */
  readonly version: number;
  /** `over`: kept for a while, so that what comes late does not ring again. */
  readonly standing: "ringing" | "joined" | "over";
  readonly exclusive: boolean;
  /** Placed by this user. */
  readonly placed: boolean;
  /** The other one, in a call of two. */
  readonly peer?: UserId;
  /** This user's device that is in it. */
  readonly device?: DeviceId;
  /** When it came to stand so. */
  readonly at: number;
}

export type Pointers = ReadonlyMap<string, Pointer>;

export const isLive = ({ standing }: Pointer): boolean => standing !== "over";
export const livePointers = (pointers: Pointers): Pointer[] => [...pointers.values()].filter(isLive);

/** Undefined for a view this user is not in. */
export function pointerOf(view: CallView, me: UserId, now: number): Pointer | undefined {
  const member = memberOf(view, me);
  if (member === undefined) return undefined;
  const peer = view.members.length === 2 ? view.members.find(({ user }) => user !== me)?.user : undefined;
  const joined = view.phase !== "ended" && member.state === "joined";
  return {
    call: view.call,
    version: view.version,
    standing: joined ? "joined" : view.phase !== "ended" && isRung(member) ? "ringing" : "over",
    exclusive: view.exclusive,
    placed: callerOf(view).user === me,
    ...(peer === undefined ? {} : { peer }),
    ...(joined && member.device !== undefined ? { device: member.device } : {}),
    at: now,
  };
}

/** The pointers after a view was seen; the same map where it was old, or not this user's. */
export function learn(pointers: Pointers, view: CallView, me: UserId, now: number): Pointers {
  const next = pointerOf(view, me, now);
  const known = pointers.get(view.call);
  if (next === undefined || (known !== undefined && known.version >= next.version)) return pointers;
  return withPointer(pointers, known !== undefined && sameStanding(known, next) ? { ...next, at: known.at } : next);
}

/** The call does not exist, or has no place for this user. */
export function forget(pointers: Pointers, call: string, now: number): Pointers {
  const known = pointers.get(call);
  return known === undefined || !isLive(known) ? pointers : withPointer(pointers, { ...known, standing: "over", at: now });
}

export function withPointer(pointers: Pointers, pointer: Pointer): Pointers {
  const next = new Map(pointers).set(pointer.call, pointer);
  const over = [...next.values()].filter((known) => !isLive(known)).toSorted((a, b) => a.at - b.at);
  for (const { call } of over.slice(0, Math.max(0, over.length - LIMITS.callsPerUser))) next.delete(call);
  return next;
}

/** Nothing comes this late any more. */
export function withoutOld(pointers: Pointers, before: number): Pointers {
  const old = [...pointers.values()].filter((pointer) => !isLive(pointer) && pointer.at < before);
  return old.length === 0 ? pointers : new Map([...pointers].filter(([, pointer]) => !old.includes(pointer)));
}

/** What a change of the pointers is in rows. */
export function rowsOf(before: Pointers, next: Pointers): { readonly put: readonly Pointer[]; readonly drop: readonly string[] } {
  const put = [...next.values()].filter((pointer) => {
    const known = before.get(pointer.call);
    return known === undefined || !sameStanding(known, pointer);
  });
  return { put, drop: [...before.keys()].filter((call) => !next.has(call)) };
}

/** Versions alone are not worth a row: an older one only means that a repeat is told once more. */
const sameStanding = (a: Pointer, b: Pointer): boolean =>
  a.standing === b.standing && a.device === b.device && a.peer === b.peer && a.exclusive === b.exclusive && a.placed === b.placed;
