import type { ConversationRef } from "../../../protocol/conversation-name.ts";
import type { ChatsEvents } from "../engine.ts";
import type { Outgoing } from "../outbox.ts";

/** A message on its way, as one tab tells another of it. */
export type OutgoingFacts = Omit<Outgoing, "sent" | "retry" | "discard">;

/** Events as they go between tabs: all but faults and what each tab works out itself. */
export type SharedEvents = Omit<ChatsEvents, "error" | "outgoing" | "people" | "groups" | "receipts"> & { outgoing: OutgoingFacts };

export type TabEvent = { [Name in keyof SharedEvents]: { readonly name: Name; readonly event: SharedEvents[Name] } }[keyof SharedEvents];

/** What a tab may ask of the one that leads. */
export interface Asks {
  call: { readonly op: string; readonly input: unknown };
  send: { readonly draft: unknown };
  retry: { readonly key: string };
  discard: { readonly key: string };
  read: { readonly conversation: ConversationRef; readonly seq: number };
  entry: { readonly entry: unknown };
  local: { readonly conversation: ConversationRef; readonly change: unknown };
  older: { readonly conversation: ConversationRef; readonly limit: number };
  keep: { readonly name: string; readonly value: unknown };
  fetch: { readonly path: string; readonly method: string; readonly headers: readonly (readonly [string, string])[]; readonly body: unknown };
  logout: Record<string, never>;
}

/** Doing these twice is as good as once: they are asked again of the next tab that leads. */
export const REPEATABLE: ReadonlySet<keyof Asks> = new Set(["send", "retry", "discard", "read", "entry", "older", "local", "keep", "logout"]);

export interface Fault {
  readonly message: string;
  readonly code?: string;
  readonly retry?: string;
  readonly retryAfterMs?: number;
}

export type TabMessage =
  /** A tab has come: who leads says so. */
  | { readonly kind: "hello" }
  /** A tab goes: what it watched nobody watches for it any more. */
  | { readonly kind: "bye"; readonly tab: string }
  /** This tab leads. */
  | { readonly kind: "lead"; readonly term: string; readonly connected: boolean; readonly synced: boolean; readonly outgoing: readonly OutgoingFacts[] }
  | ({ readonly kind: "event" } & TabEvent)
  | { readonly kind: "ask"; readonly tab: string; readonly id: number; readonly what: keyof Asks; readonly facts: Asks[keyof Asks] }
  | { readonly kind: "answer"; readonly tab: string; readonly id: number; readonly value?: unknown; readonly fault?: Fault };

export const factsOf = ({ key, conversation, content, ext, options, createdAt, state, file, progress, error, message }: OutgoingFacts): OutgoingFacts => ({
  key,
  conversation,
  content,
  ext,
  options,
  createdAt,
  state,
  file,
  progress,
  error,
  message,
});

export function faultOf(thrown: unknown): Fault {
  const facts: Partial<Fault> = typeof thrown === "object" && thrown !== null ? thrown : {};
  return {
    message: thrown instanceof Error ? thrown.message : String(facts.message ?? thrown),
    ...(typeof facts.code === "string" && { code: facts.code }),
    ...(typeof facts.retry === "string" && { retry: facts.retry }),
    ...(typeof facts.retryAfterMs === "number" && { retryAfterMs: facts.retryAfterMs }),
  };
}

export function headersOf(headers: Headers): [name: string, value: string][] {
  const list: [string, string][] = [];
  headers.forEach((value, name) => {
    list.push([name, value]);
  });
  return list;
}

export const errorOf = ({ message, ...facts }: Fault): Error => Object.assign(new Error(message), facts);
