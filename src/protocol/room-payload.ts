import { isRecord } from "../util/record.ts";
import type { RoomEdit, RoomMessage } from "./messages/room.ts";
import type { Payload } from "./payload.ts";

/** The custom types of what stands in a room's stream: messages, the word that one is recalled, and what one says after an edit. */
export const ROOM_MESSAGE = "room.message";
export const ROOM_RECALL = "room.recall";
export const ROOM_EDIT = "room.edit";

type Said = Omit<RoomMessage, "from" | "ts">;

export const roomPayload = (said: Said): string => JSON.stringify(said);
export const recallPayload = (id: string): string => JSON.stringify({ id });
export const editPayload = (edit: RoomEdit): string => JSON.stringify(edit);

interface Item {
  readonly from: string;
  readonly ts: number;
  readonly data: Payload;
  readonly customType?: string | undefined;
}

export type RoomItem = { readonly message: RoomMessage } | { readonly recalled: string; readonly by: string } | { readonly edit: RoomEdit };

/** What an item of a room's stream says; undefined for what this version does not know. The service has checked it when it came. */
export function readRoomItem({ from, ts, data, customType }: Item): RoomItem | undefined {
  if ((customType !== ROOM_MESSAGE && customType !== ROOM_RECALL && customType !== ROOM_EDIT) || typeof data !== "string") return undefined;
  const said: unknown = JSON.parse(data);
  if (!isRecord(said) || typeof said.id !== "string") return undefined;
  if (customType === ROOM_RECALL) return { recalled: said.id, by: from };
  if (customType === ROOM_EDIT) return { edit: said as unknown as RoomEdit };
  return { message: { ...(said as unknown as Said), from, ts } };
}

/** A message as it is after an edit; what is older than what it says already changes nothing. */
export function editedMessage(message: RoomMessage, edit: RoomEdit | undefined): RoomMessage {
  if (edit === undefined || edit.edited.times <= (message.edited?.times ?? 0)) return message;
  const { ext: _, ...rest } = message;
  const { content, ext, edited } = edit;
  return { ...rest, content, ...(ext !== undefined && { ext }), edited };
}
