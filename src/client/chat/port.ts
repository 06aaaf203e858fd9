import type { Client } from "../client.ts";
import type { Media } from "../media/media.ts";

/** What chat needs of a client; `fetch` for files. */
export type ChatClient = Pick<Client, "user" | "state" | "call" | "on"> & Partial<Pick<Client, "fetch">>;

/** Makes a client's files: the function `media` of `wigwag/media`. */
export type MediaMaker = (client: Pick<Client, "fetch">) => Media;

/** How long to wait before the same request may succeed; undefined: it never does. By what it says, not by its class: a module's copy of the class is not the core's. */
export function retryAfter(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("retry" in error)) return undefined;
  if (error.retry === "never") return undefined;
  return "retryAfterMs" in error && typeof error.retryAfterMs === "number" ? error.retryAfterMs : DEFAULT_RETRY_MS;
}

const DEFAULT_RETRY_MS = 1_000;

export const codeOf = (error: unknown): string => (typeof error === "object" && error !== null && "code" in error ? String(error.code) : "internal");

/** Who does not wait for the outcome is not troubled by it. */
export function handled<T>(outcome: Promise<T>): Promise<T> {
  outcome.catch(() => {});
  return outcome;
}
