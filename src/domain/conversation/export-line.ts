import { messageId, parseConversationName } from "../../protocol/conversation-name.ts";
import type { ExportedMessage } from "./exporting.ts";

/** A message as it stands in an app's export: for the app itself, so with whatever it wears, and who gave it. */
export function exportLine(name: string, number: number, { message, reactions, pinned }: ExportedMessage): string {
  const { contentVersion: _, grown: __, quiet: ___, ...said } = message;
  return `${JSON.stringify({
    id: messageId(number, message.seq),
    conversation: parseConversationName(name),
    ...said,
    ...(reactions.length > 0 && { reactions }),
    ...(pinned !== undefined && { pinned }),
  })}\n`;
}
