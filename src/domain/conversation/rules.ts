import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import type { ConversationRef } from "../../protocol/conversation-name.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { type Content, type Ext, fitsMessage } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { isFor, type StoredMessage } from "./message.ts";

/** Who wants something: a user for itself, or a server of the app in a user's name. */
export interface Actor {
  readonly user: UserId;
  readonly server: boolean;
}

export const BLOCKED = wireError("forbidden", { field: "conversation", message: "the other does not take this" });

/** What an app says of its messages. */
export interface ChatRules {
  readonly recallMs: number;
  readonly editMs: number;
  readonly messageBytes: number;
}

export interface Edit {
  readonly content?: Content | undefined;
  readonly ext?: Ext | undefined;
  /** Only if this is its newest version. */
  readonly ifVersion?: number | undefined;
}

/** Types whose content may be edited; of the others only `ext`. */
const EDITABLE: ReadonlySet<string> = new Set(["text", "custom"]);

/** Whether there can be such a conversation for this user. Which groups there are, their own objects say. */
export function refuseConversation({ type, id }: ConversationRef, self: UserId): WireError | undefined {
  return type === "single" && id === self ? wireError("bad_request", { field: "conversation", message: "nobody chats with oneself" }) : undefined;
}

/** What others see of a user, and see only of their contacts where the app has it so. What one has said may be taken back. */
const SEEN: ReadonlySet<string> = new Set(["message.send", "message.append", "message.edit", "message.react", "message.pin", "conversation.typing"]);
export const NO_CONTACT = wireError("forbidden", { field: "conversation", message: "this app's users chat with their contacts" });

/** Servers are not bound. */
export const isForContacts = ({ type }: ConversationRef, { op, caller }: { readonly op: string; readonly caller: { readonly kind: string } }): boolean =>
  type === "single" && caller.kind === "user" && SEEN.has(op);

/** The message as this actor may act on it. What is not for him is not there. */
export function reachable(message: StoredMessage | undefined, { user, server }: Actor, cleared: number): Result<StoredMessage, WireError> {
  if (message === undefined || (!server && (message.seq <= cleared || !isFor(message, user)))) return err(wireError("not_found", { field: "seq" }));
  if (message.recalled !== undefined) return err(wireError("gone", { field: "seq", message: "the message was recalled" }));
  return ok(message);
}

export function refuseEdit(message: StoredMessage, actor: Actor, edit: Edit, rules: ChatRules, nowMs: number): WireError | undefined {
  if (!actor.server && message.from !== actor.user) return wireError("forbidden", { field: "seq", message: "only its sender edits a message" });
  if (message.type === "command") return wireError("forbidden", { field: "seq", message: "a command cannot be edited" });
  if (!actor.server && (rules.editMs === 0 || nowMs - message.ts > rules.editMs))
    return wireError("forbidden", { field: "seq", limit: rules.editMs, message: "too late to edit it" });
  if (message.growing) return wireError("conflict", { field: "seq", message: "the message is still being written" });
  if (edit.ifVersion !== undefined && edit.ifVersion !== message.version) return wireError("conflict", { field: "ifVersion" });
  if (edit.content === undefined && edit.ext === undefined) return wireError("bad_request", { field: "content", message: "content or ext" });
  if (edit.content !== undefined && (edit.content.type !== message.type || !EDITABLE.has(message.type))) {
    return wireError("bad_request", { field: "content", message: "the type stays, and of files and places only ext is edited" });
  }
  // What has grown is larger than what can be sent at once.
  const kept = message.grown === undefined ? message.content : undefined;
  if (!fitsMessage({ content: edit.content ?? kept, ext: edit.ext ?? message.ext }, rules.messageBytes)) {
    return wireError("too_large", { field: "content", limit: rules.messageBytes });
  }
  if ((message.edited?.times ?? 0) >= CHAT_LIMITS.chatEdits) return wireError("limit_exceeded", { field: "seq", limit: CHAT_LIMITS.chatEdits });
  return undefined;
}

export function refuseRecall(message: StoredMessage, actor: Actor, { recallMs }: ChatRules, nowMs: number): WireError | undefined {
  if (message.type === "command") return wireError("forbidden", { field: "seq", message: "a command cannot be recalled" });
  if (actor.server) return undefined;
  if (message.from !== actor.user) return wireError("forbidden", { field: "seq", message: "only its sender recalls a message" });
  if (recallMs > 0 && nowMs - message.ts <= recallMs) return undefined;
  return wireError("forbidden", { field: "seq", limit: recallMs, message: "too late to recall it" });
}

export function refuseReaction(message: StoredMessage, present: ReadonlySet<string>, reaction: string): WireError | undefined {
  if (message.type === "command") return wireError("forbidden", { field: "seq", message: "nobody sees a command" });
  if (present.has(reaction) || present.size < CHAT_LIMITS.chatReactions) return undefined;
  return wireError("limit_exceeded", { field: "reaction", limit: CHAT_LIMITS.chatReactions });
}
