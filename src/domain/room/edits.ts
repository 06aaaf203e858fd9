import { CHAT_LIMITS } from "../../protocol/chat-limits.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { fitsMessage } from "../../protocol/messages/conversation.ts";
import type { RoomEdit, RoomMessage } from "../../protocol/messages/room.ts";
import type { UserId } from "../../protocol/names.ts";
import { err, ok, type Result } from "../../util/result.ts";

/** What is to be another; the rest stays. */
export interface MessageChange {
  readonly content?: RoomEdit["content"] | undefined;
  readonly ext?: RoomEdit["ext"];
}

/** Types whose content is edited; of the others only `ext`. As in chats. */
const EDITABLE: ReadonlySet<string> = new Set(["text", "custom"]);

/** What a message says after an edit, or why it is not edited. `by`: none, a server. */
export function editOf(
  { id, content: before, ext: beside, edited }: RoomMessage,
  { content, ext }: MessageChange,
  by: UserId | undefined,
  nowMs: number,
  messageBytes: number,
): Result<RoomEdit, WireError> {
  if (before.type === "command") return err(wireError("forbidden", { field: "id", message: "a command cannot be edited" }));
  if (content === undefined && ext === undefined) return err(wireError("bad_request", { field: "content", message: "nothing is changed" }));
  if (content !== undefined && (content.type !== before.type || !EDITABLE.has(before.type)))
    return err(wireError("bad_request", { field: "content", message: "the type stays, and of files and places only ext is edited" }));
  const said = { content: content ?? before, ext: ext ?? beside };
  if (!fitsMessage(said, messageBytes)) return err(wireError("too_large", { field: "content", limit: messageBytes }));
  const times = (edited?.times ?? 0) + 1;
  if (times > CHAT_LIMITS.chatEdits) return err(wireError("limit_exceeded", { field: "id", limit: CHAT_LIMITS.chatEdits }));
  return ok({ id, content: said.content, ...(said.ext !== undefined && { ext: said.ext }), edited: { ...(by !== undefined && { by }), at: nowMs, times } });
}
