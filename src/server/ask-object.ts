import { wireError } from "../protocol/errors.ts";
import { TIMINGS } from "../protocol/limits.ts";
import type { Env } from "./env.ts";
import { logLine, messageOf } from "./log.ts";
import { timeScale } from "./time-scale.ts";
import type { Call, CallReply } from "./trust.ts";
import { LateError, within } from "./within.ts";

/** An object that answers calls, as a stub over RPC. */
export interface Callable {
  call(call: Call): Promise<CallReply>;
}

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 50;

/** One call to one object. The platform never repeats an RPC; we do when it says so and a repeat does no harm. */
export async function askObject(env: Env, stub: () => Callable, call: Call, mayRepeat: boolean): Promise<CallReply> {
  const timeoutMs = TIMINGS.requestTimeoutMs * timeScale(env);
  for (let attempt = 1; ; attempt++) {
    try {
      // A new stub each time: one that has thrown stays broken.
      return await within(timeoutMs, stub().call(call));
    } catch (error) {
      if (!mayRepeat || attempt === ATTEMPTS || !says(error, "retryable") || says(error, "overloaded")) return failed(call, error);
      await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1) * Math.random());
    }
  }
}

function failed(call: Call, error: unknown): CallReply {
  logLine("call.failed", { op: call.op, message: messageOf(error) });
  if (error instanceof LateError) return { error: wireError("timeout") };
  if (says(error, "overloaded")) return { error: wireError("overloaded") };
  return { error: wireError(says(error, "retryable") ? "unavailable" : "internal") };
}

/** Workers mark the errors of a stub with these. */
const says = (error: unknown, mark: "retryable" | "overloaded"): boolean => typeof error === "object" && error !== null && Reflect.get(error, mark) === true;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
