import type { Message } from "../../protocol/messages/message.ts";
import { must } from "../../util/assert.ts";
import type { InboxHead, InboxPage, InboxReader, InboxStore } from "./inbox-store.ts";

/** The twin of the durable store, for tests and simulations. It copies, so that nothing is shared that a database would not share. */
export function memoryInboxStore(): InboxStore {
  let head: InboxHead | undefined;
  const readers = new Map<string, InboxReader>();
  const pages = new Map<number, { page: InboxPage; messages: Message[] }>();
  return {
    head: () => head,
    setHead: (next) => {
      head = { ...next };
    },
    readers: () => [...readers.values()].map((reader) => ({ ...reader })),
    setReader: (reader) => void readers.set(reader.device, { ...reader }),
    removeReader: (device) => void readers.delete(device),
    pages: () => [...pages.values()].map(({ page }) => structuredClone(page)).sort((a, b) => a.first - b.first),
    messages: (first) => structuredClone(must(pages.get(first), "no such page").messages),
    addPage: (page, messages) => void pages.set(page.first, structuredClone({ page, messages: [...messages] })),
    removePage: (first) => void pages.delete(first),
  };
}
