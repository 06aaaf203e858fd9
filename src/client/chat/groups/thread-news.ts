import { isRecord } from "../../../util/record.ts";
import type { GroupNews, ThreadInfo, ThreadNews } from "./types.ts";

const isText = (value: unknown): value is string => typeof value === "string";

/** The door for what the service says of a thread: what this module reads of it. */
export const isThreadInfo = (value: unknown): value is ThreadInfo =>
  isRecord(value) && [value.thread, value.name, value.creator].every(isText) && [value.seq, value.createdAt].every(Number.isSafeInteger);

/** What a group's news says of one of its threads; undefined: it is about something else, or not in shape. */
export function threadNewsOf({ event, ...news }: GroupNews): ThreadNews | undefined {
  switch (event.kind) {
    case "threadCreated":
      return isThreadInfo(event.thread) ? { ...news, event } : undefined;
    case "threadRenamed":
      return isText(event.thread) && isText(event.name) ? { ...news, event } : undefined;
    case "threadChanged":
      return isText(event.thread) && Number.isSafeInteger(event.messages) ? { ...news, event } : undefined;
    case "threadRemoved":
      return isText(event.thread) && Array.isArray(event.users) ? { ...news, event } : undefined;
    case "threadDismissed":
      return isText(event.thread) ? { ...news, event } : undefined;
    default:
      return undefined;
  }
}
