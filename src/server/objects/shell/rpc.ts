import { type WireError, wireError } from "../../../protocol/errors.ts";
import { err, ok, type Result } from "../../../util/result.ts";

/** What a failed call to another object means. The platform marks its own errors: `overloaded` is shed, `retryable` comes again. */
export function classifyRpcError(error: unknown): { readonly retry: boolean; readonly error: WireError } {
  if (isMarked(error, "overloaded")) return { retry: false, error: wireError("overloaded") };
  return { retry: isMarked(error, "retryable"), error: wireError("unavailable") };
}

const isMarked = (error: unknown, mark: "overloaded" | "retryable"): boolean =>
  error instanceof Error && (error as Error & Partial<Record<typeof mark, unknown>>)[mark] === true;

const FIRST_PAUSE_MS = 100;

/** Full jitter, doubling. */
export const pauseBeforeRetry = (attempt: number): Promise<void> => new Promise((resume) => setTimeout(resume, Math.random() * FIRST_PAUSE_MS * 2 ** attempt));

const ATTEMPTS = 3;

/** A call to another object that may be repeated. The platform never does; `call` gets a fresh stub each time, for one that has thrown stays broken. */
export async function callRepeatedly<Answer>(call: () => Promise<Answer>): Promise<Result<Answer, WireError>> {
  for (let attempt = 1; ; attempt++) {
    try {
      return ok(await call());
    } catch (error) {
      const failure = classifyRpcError(error);
      if (!failure.retry || attempt === ATTEMPTS) return err(failure.error);
      await pauseBeforeRetry(attempt);
    }
  }
}
