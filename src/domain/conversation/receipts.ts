import type { Receipt } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";

export interface ReceiptCounts {
  readonly of: number;
  readonly delivered: number;
  readonly read: number;
}

export interface ReceiptsPage {
  readonly counts: ReceiptCounts;
  readonly delivered: readonly UserId[];
  readonly read: readonly UserId[];
  readonly next?: UserId;
}

/** How many have a message, and have read it; and who of those by name beyond `after`. */
export function receiptsPage(receipts: readonly Receipt[], seq: number, after: UserId, limit: number): ReceiptsPage {
  const has = ({ delivered }: Receipt): boolean => delivered >= seq;
  const hasRead = ({ read }: Receipt): boolean => read >= seq;
  const beyond = receipts.filter(({ user }) => user > after).sort((a, b) => (a.user < b.user ? -1 : 1));
  const page = beyond.slice(0, limit);
  const next = beyond.length > limit ? page.at(-1)?.user : undefined;
  return {
    counts: receiptCounts(receipts, seq),
    delivered: page.filter(has).map(({ user }) => user),
    read: page.filter(hasRead).map(({ user }) => user),
    ...(next !== undefined && { next }),
  };
}

export function receiptCounts(receipts: readonly Receipt[], seq: number): ReceiptCounts {
  let [delivered, read] = [0, 0];
  for (const one of receipts) {
    if (one.delivered >= seq) delivered += 1;
    if (one.read >= seq) read += 1;
  }
  return { of: receipts.length, delivered, read };
}
