export { API_KEY, APP, CERTIFICATE } from "../../test/support/killable.ts";

/** What the service under attack is set to. */
export const SETTINGS = {
  // A process that is stopped for a minute, and a server that is away for one, must find what came meanwhile.
  inboxMessages: 10_000,
  recoveryMessages: 10_000,
  recoveryMs: 10 * 60_000,
} as const;
