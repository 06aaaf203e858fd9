import { type WireError, wireError } from "../../../protocol/errors.ts";

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
