import { type WireError, wireError } from "../../protocol/errors.ts";
import { type MessageVerdict, messageVerdict } from "../../protocol/messages/message-verdict.ts";
import { err, ok, type Result } from "../../util/result.ts";

/** What of a user's an app's own server is asked about before it is taken. */
const CHECKED: ReadonlySet<string> = new Set(["message.send", "message.edit", "message.append", "room.send", "room.edit"]);
type Input = Record<string, unknown>;

/** Servers are not asked about what they say themselves, nor about what says nothing. */
export const isChecked = ({ op, input, caller }: { readonly op: string; readonly input: Input; readonly caller: { readonly kind: string } }): boolean =>
  caller.kind === "user" &&
  CHECKED.has(op) &&
  (input.content !== undefined || input.ext !== undefined || (typeof input.text === "string" && input.text !== ""));

/** Undefined: that is no verdict. */
export function parseVerdict(text: string): MessageVerdict | undefined {
  try {
    return messageVerdict.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** The input as it goes on. What is appended belongs to a text whose places are counted: it passes as it is, or not. */
export function applyVerdict(
  op: string,
  input: Input,
  { pass, reason, text, ext: beside }: MessageVerdict,
): Result<{ input: Input; replaced: boolean }, WireError> {
  if (!pass) return err(wireError("forbidden", { field: "content", message: reason || "the app does not allow this message" }));
  const content = input.content as { readonly type: string; readonly text?: string } | undefined;
  const another = text !== undefined && content?.type === "text" && content.text !== text;
  if (op === "message.append" || (!another && beside === undefined)) return ok({ input, replaced: false });
  return ok({ input: { ...input, ...(another && { content: { type: "text", text } }), ...(beside !== undefined && { ext: beside }) }, replaced: another });
}
