import { isRecord } from "../util/record.ts";
import type { RoomMessage } from "./messages/room.ts";
import type { Payload } from "./payload.ts";

/** The custom types of what stands in a room's stream: messages, and the word that one is recalled. */
export const ROOM_MESSAGE = "room.message";
export const ROOM_RECALL = "room.recall";

type Said = Omit<RoomMessage, "from" | "ts">;

export const roomPayload = (said: Said): string => JSON.stringify(said);
export const recallPayload = (id: string): string => JSON.stringify({ id });

interface Item {
  readonly from: string;
  readonly ts: number;
  readonly data: Payload;
  readonly customType?: string | undefined;
}

/** What an item of a room's stream says; undefined for what this version does not know. The service has checked it when it came. */
export function readRoomItem({
  from,
  ts,
  data,
  customType,
}: Item): { readonly message: RoomMessage } | { readonly recalled: string; readonly by: string } | undefined {
  if ((customType !== ROOM_MESSAGE && customType !== ROOM_RECALL) || typeof data !== "string") return undefined;
  const said: unknown = JSON.parse(data);
  if (!isRecord(said) || typeof said.id !== "string") return undefined;
  if (customType === ROOM_RECALL) return { recalled: said.id, by: from };
  return { message: { ...(said as unknown as Said), from, ts } };
}
