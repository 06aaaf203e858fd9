import type { Ext, MessageRecord as Said } from "../../protocol/messages/conversation.ts";

/** A message as this device has it. */
export interface MessageRecord extends Said {
  /** The program's own beside it, on this device alone. */
  readonly note?: Ext;
}

/** Whether it is of this device alone: its number lies between two that the service gives. */
export const isLocal = ({ seq }: Pick<Said, "seq">): boolean => !Number.isInteger(seq);
