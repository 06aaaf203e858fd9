import type { Ext } from "../../client/chat/index.ts";

/** What a message answers, as it stands beside it: with words of it, for who does not have it. */
export interface Reply {
  readonly seq: number;
  readonly from: string;
  readonly text: string;
}

const TEXT_CHARS = 120;

export const replyExt = ({ seq, from, text }: Reply): Ext => ({ reply: { seq, from, text: [...text].slice(0, TEXT_CHARS).join("") } });

/** Others' programs may have put anything there. */
export function replyIn(ext: Ext | undefined): Reply | undefined {
  const reply = ext?.reply;
  if (typeof reply !== "object" || reply === null) return undefined;
  const { seq, from, text } = reply as Record<string, unknown>;
  if (!Number.isSafeInteger(seq) || typeof from !== "string" || typeof text !== "string") return undefined;
  return { seq: seq as number, from, text: text.slice(0, 2 * TEXT_CHARS) };
}
