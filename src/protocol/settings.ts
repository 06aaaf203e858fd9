import * as z from "zod";
import { CHAT_LIMITS } from "./chat-limits.ts";
import { GROUP_LIMITS } from "./group-limits.ts";
import { LIMITS } from "./limits.ts";

/** An app's switches and limits. Security switches are closed by default; a settings object that cannot be reached gives the defaults. */
export const appSettings = z.strictObject({
  /** Which logins of one user may live side by side. */
  devicePolicy: z.enum(["all", "newest", "newest-per-kind"]),
  inboxMessages: z.int().min(0).max(10_000),
  inboxAgeMs: z
    .int()
    .min(0)
    .max(30 * 24 * 3_600_000),
  /** A channel's recovery window. */
  recoveryMs: z.int().min(0).max(3_600_000),
  recoveryMessages: z.int().min(0).max(10_000),
  historyAgeMs: z.int().min(3_600_000),
  /** Messages a device may send per second to a channel or to peers, three seconds' worth at once (RTM 1.x: 60). */
  messagesPerSecond: z.int().min(1).max(100_000),
  /** Anyone who knows the app id may log in as anybody. */
  appIdOnly: z.boolean(),
  /** Whether messages may be stored in history. */
  history: z.boolean(),
  /** Where the app's own server hears of calls that ring somebody who is not connected: https, or http to this machine in development. Empty: nowhere. */
  pushHookUrl: z.string().max(LIMITS.pushHookUrlChars).refine(isHookUrl, { error: "an https URL of ASCII characters" }).optional(),
  /** Signs what is sent there: HMAC-SHA-256 of the body. */
  pushHookSecret: z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .min(16)
    .max(LIMITS.pushHookSecretChars)
    .optional(),
  /** Where the app's own server is asked about what a user is about to say, before anybody gets it; an address as the one above. Empty: nobody is asked. */
  messageHookUrl: z.string().max(LIMITS.pushHookUrlChars).refine(isHookUrl, { error: "an https URL of ASCII characters" }).optional(),
  /** Signs the question in the same way. */
  messageHookSecret: z
    .string()
    .regex(/^[\x21-\x7e]+$/)
    .min(16)
    .max(LIMITS.pushHookSecretChars)
    .optional(),
  /** How long it has to answer: 200 ms, if nothing else is said. */
  messageHookTimeoutMs: z.int().min(50).max(CHAT_LIMITS.hookTimeoutMaxMs).optional(),
  /** What becomes of a message that it does not answer about: it passes, if nothing else is said. */
  messageHookFailure: z.enum(["pass", "refuse"]).optional(),
  /** Whether logins, logouts, joins and leaves are queued for servers to read over REST (RTM 1.x). Costs rows per event, so it is off unless asked for. */
  restEvents: z.boolean(),
  /** Whether users chat with their contacts only. */
  onlyContacts: z.boolean(),
  /** Whether any user makes chat rooms; else servers and the app's super admins do. */
  roomsByAnyone: z.boolean(),
  /** Whether messages of conversations are indexed by their words: a few rows each, in the database. */
  chatSearch: z.boolean(),
  /** For so long after it was sent a message is recalled by its sender; 0: not at all. */
  chatRecallMs: z
    .int()
    .min(0)
    .max(7 * 24 * 3_600_000),
  /** For so long it is edited; 0: not at all. */
  chatEditMs: z.int().min(0).max(CHAT_LIMITS.chatEditMsMax),
  /** Content and `ext` of a message together, as JSON. */
  chatMessageBytes: z.int().min(256).max(CHAT_LIMITS.chatMessageBytesMax),
  /** The most members that a group may be given room for. */
  groupMembers: z.int().min(1).max(GROUP_LIMITS.membersOfLarge),
});
export type AppSettings = z.infer<typeof appSettings>;

/** As whoever calls brings them. `unknown`: they could not be read, and these are the defaults. What is to be closed then says so itself. */
export interface BroughtSettings extends AppSettings {
  readonly unknown?: true;
}

function isHookUrl(text: string): boolean {
  if (text === "") return true;
  if (!/^[\x21-\x7e]+$/.test(text) || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname));
}

export const DEFAULT_SETTINGS: AppSettings = {
  devicePolicy: "all",
  inboxMessages: LIMITS.inboxMessages,
  inboxAgeMs: LIMITS.inboxAgeMs,
  recoveryMs: LIMITS.recoveryMs,
  recoveryMessages: LIMITS.recoveryMessages,
  historyAgeMs: 7 * 24 * 3_600_000,
  messagesPerSecond: 200,
  appIdOnly: false,
  history: true,
  restEvents: false,
  onlyContacts: false,
  roomsByAnyone: true,
  chatSearch: true,
  chatRecallMs: CHAT_LIMITS.chatRecallMs,
  chatEditMs: CHAT_LIMITS.chatEditMsMax,
  chatMessageBytes: CHAT_LIMITS.chatMessageBytes,
  groupMembers: GROUP_LIMITS.members,
};

export const UNKNOWN_SETTINGS: BroughtSettings = { ...DEFAULT_SETTINGS, unknown: true };
