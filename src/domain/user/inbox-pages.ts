import { LIMITS } from "../../protocol/limits.ts";
import type { Message } from "../../protocol/messages/message.ts";
import type { DeviceId } from "../../protocol/names.ts";
import { utf8Bytes } from "../../util/text.ts";
import type { InboxEntry, InboxPage } from "./inbox-store.ts";

/** A message that is to wait for these devices; none: for the first to register. */
export interface Waiting {
  readonly message: Message;
  readonly devices: readonly DeviceId[];
  /** Only for those that come back in time. */
  readonly bridged?: boolean;
  /** Before later ones of its sender, for those who register meanwhile: until these are done. */
  readonly ahead?: boolean;
}

/** Fields around a payload, names and device list at their longest. */
const ENVELOPE_BYTES = 1024;

/** Cuts a batch into pages that fit a row. Seqs go on from `seq`. */
export function pagesOf(waiting: readonly Waiting[], seq: number, at: number): { page: InboxPage; messages: Message[] }[] {
  const pages: { page: InboxPage; messages: Message[] }[] = [];
  let entries: InboxEntry[] = [];
  let messages: Message[] = [];
  let bytes = 0;
  const close = (): void => {
    const first = entries[0]?.seq;
    if (first === undefined) return;
    pages.push({ page: { first, last: first + entries.length - 1, at, entries }, messages });
    [entries, messages, bytes] = [[], [], 0];
  };
  let next = seq;
  for (const { message, devices, bridged, ahead } of waiting) {
    const size = storedBytes(message);
    if (bytes + size > LIMITS.pageBytes) close();
    next += 1;
    const name = { from: message.from, device: message.device, id: message.id };
    entries.push({ seq: next, ...name, bytes: size, devices, ...(bridged === true && { bridged }), ...(ahead === true && { ahead }) });
    messages.push(message);
    bytes += size;
  }
  close();
  return pages;
}

/** As JSON escapes it: one control character takes six bytes. */
const storedBytes = ({ data }: Message): number => ENVELOPE_BYTES + (typeof data === "string" ? utf8Bytes(JSON.stringify(data)) : data.byteLength);
