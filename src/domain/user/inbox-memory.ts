import type { Message } from "../../protocol/messages/message.ts";
import { must } from "../../util/assert.ts";
import type { InboxHead, InboxPage, InboxReader, InboxStore } from "./inbox-store.ts";

/** The twin of the durable store, for tests and simulations. */
export function memoryInboxStore(): InboxStore {
  let head: InboxHead | undefined;
  const readers = new Map<string, InboxReader>();
  const pages = new Map<number, { page: InboxPage; messages: readonly Message[] }>();
  return {
    head: () => head,
    setHead: (next) => {
      head = next;
    },
    readers: () => [...readers.values()],
    setReader: (reader) => void readers.set(reader.device, reader),
    removeReader: (device) => void readers.delete(device),
    pages: () => [...pages.values()].map(({ page }) => page).sort((a, b) => a.first - b.first),
    messages: (first) => [...must(pages.get(first), "no such page").messages],
    addPage: (page, messages) => void pages.set(page.first, { page, messages: [...messages] }),
    removePage: (first) => void pages.delete(first),
  };
}
