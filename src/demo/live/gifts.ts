import type { Room, RoomMessage } from "../../client/chat/index.ts";

/** A gift is paid for: it goes first, and is never left out. */
export const GIFTS = { rose: "🌹", rocket: "🚀" } as const;
export type Gift = keyof typeof GIFTS;

export const giftIn = ({ content }: RoomMessage): Gift | undefined => {
  if (content.type !== "custom" || content.event !== "gift") return undefined;
  const name = content.params?.name;
  return name === "rose" || name === "rocket" ? name : undefined;
};

export const give = (room: Room, name: Gift): Promise<unknown> => room.send({ type: "custom", event: "gift", params: { name } }, { priority: "high" });
