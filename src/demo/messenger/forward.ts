import type { Chats, ConversationRef, MessageRecord } from "../../client/chat/index.ts";

/** The same content to somebody else. A file is not uploaded again: it gets a media id for those who have that conversation. */
export async function forward(chats: Chats, { content }: MessageRecord, to: ConversationRef): Promise<void> {
  if (content === undefined) return;
  const sent = "media" in content ? { ...content, media: await addressed(chats, content.media, to) } : content;
  chats.conversation(to).send(sent, { ext: { forwarded: true } });
}

function addressed(chats: Chats, media: string, { type, id }: ConversationRef): Promise<string> {
  if (chats.media === undefined) throw new Error("there is no connection");
  return chats.media.addressed(media, type === "group" ? { group: id } : { chat: id });
}
