import * as z from "zod";
import { messageRecord } from "../../../src/protocol/messages/conversation.ts";
import type { Rest } from "../../lab/rest.ts";
import { CHATTERS } from "./cast.ts";
import type { Truth } from "./notes.ts";

const page = z.object({ records: z.array(messageRecord), next: z.int().optional() });
const receipts = z.object({ delivered: z.array(z.string()), read: z.array(z.string()) });

/** Of each user and each conversation, asked as the app's own server. */
export async function truths(rest: Rest): Promise<Truth[]> {
  const found: Truth[] = [];
  for (const user of CHATTERS) for (const other of CHATTERS) if (other !== user) found.push(await truthOf(rest, user, other));
  return found;
}

async function truthOf(rest: Rest, user: string, other: string): Promise<Truth> {
  const path = `/v1/conversations/single/${other}/messages`;
  const messages: Truth["messages"][number][] = [];
  for (let before = ""; ; ) {
    const { records, next } = page.parse(await rest.get(`${path}?user=${user}${before}`));
    messages.push(...records);
    if (next === undefined) break;
    before = `&before=${next}`;
  }
  const newest = messages.find(({ from }) => from === other)?.seq;
  if (newest === undefined) return { user, with: other, messages };
  // Its sender may ask who has it.
  const of = receipts.parse(await rest.get(`/v1/conversations/single/${user}/messages/${newest}/receipts?user=${other}`));
  return { user, with: other, messages, newest: { seq: newest, ...of } };
}
