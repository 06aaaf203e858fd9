import { Slots } from "../../domain/media/slots.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { MEDIA_LIMITS, MEDIA_TIMINGS } from "../../protocol/limits.ts";
import { err, type Result } from "../../util/result.ts";
import type { MediaCall } from "./media-call.ts";

/** Per isolate, as with rates: what it bounds is the isolate's own memory and connections. */
const slots = new Slots(MEDIA_LIMITS.mediaSlotMs);

/** Runs a transfer if the caller, and the isolate, have one more to give; the slot is given back when `over` is. */
export async function transferSlot<T>(
  call: MediaCall,
  work: (until: (over: Promise<unknown>) => void) => Promise<Result<T, WireError>>,
): Promise<Result<T, WireError>> {
  const { app, caller, nowMs } = call;
  const who = caller.kind === "user" ? `user:${app.id}:${caller.user}` : `server:${app.id}`;
  const ofAll = slots.take("all", MEDIA_LIMITS.mediaTransfers, nowMs);
  if (ofAll === undefined) return err(tooMany("overloaded", MEDIA_LIMITS.mediaTransfers));
  const own = slots.take(who, caller.kind === "user" ? MEDIA_LIMITS.mediaTransfersPerUser : MEDIA_LIMITS.mediaTransfers, nowMs);
  if (own === undefined) {
    ofAll();
    return err(tooMany("rate_limited", MEDIA_LIMITS.mediaTransfersPerUser));
  }
  const over: Promise<unknown>[] = [];
  const outcome = work((part) => over.push(part));
  // In the background, for a caller who goes away takes the rest of this with it.
  call.background(
    outcome
      .catch(() => {})
      .then(() => Promise.allSettled(over))
      .then(() => {
        ofAll();
        own();
      }),
  );
  return outcome;
}

/** The bytes of an image that waits to be decoded stand in memory, so few may. */
export async function thumbnailSlot<T>(call: MediaCall, work: () => Promise<Result<T, WireError>>): Promise<Result<T, WireError>> {
  const release = slots.take("thumbnails", MEDIA_LIMITS.thumbnailsAtOnce, call.nowMs);
  if (release === undefined) return err(tooMany("overloaded", MEDIA_LIMITS.thumbnailsAtOnce));
  const outcome = work();
  call.background(outcome.catch(() => {}).then(release));
  return outcome;
}

const tooMany = (code: "overloaded" | "rate_limited", limit: number): WireError =>
  wireError(code, { field: "transfers", limit, retryAfterMs: MEDIA_TIMINGS.mediaProgressMs, message: `${limit} transfers are under way` });
