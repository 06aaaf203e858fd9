import type { Look, Push, Up } from "../../../src/domain/leaf/messages.ts";

/** Around the content of a call, and of a line in it. */
const CALL_BYTES = 400;
const PUBLISH_BYTES = 230;
const CHANGE_BYTES = 110;
const LINE_BYTES = 80;
/** A request that a leaf hands on: one message, and who says it. */
export const ASK_BYTES = CALL_BYTES + 2 * PUBLISH_BYTES;

/** About what a call's arguments weigh when they are serialised. */
export function callBytes(call: Push | Up | Look): number {
  if ("publishes" in call) return CALL_BYTES + call.publishes.length * PUBLISH_BYTES + changesIn(call) * CHANGE_BYTES;
  if (!("parts" in call)) return CALL_BYTES;
  const pages = call.parts.reduce(
    (sum, { page, notices }) => sum + LINE_BYTES + (page?.bytes ?? 0) + notices.reduce((bytes, notice) => bytes + notice.length, 0),
    0,
  );
  return CALL_BYTES + pages + call.controls.length * LINE_BYTES + call.plan.former.length * LINE_BYTES;
}

const changesIn = ({ report }: Up): number => (report !== undefined && "changes" in report ? report.changes.length : 0);
