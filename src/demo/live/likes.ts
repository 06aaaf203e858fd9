import type { Room, RoomMessage } from "../../client/chat/index.ts";

/** Likes are many, and none of them matters: those of half a second go in one message, of low priority. */
const TOGETHER_MS = 500;
const LIKE = "like";

export const likesIn = ({ content }: RoomMessage): number => {
  if (content.type !== "custom" || content.event !== LIKE) return 0;
  const count = Number(content.params?.count ?? "0");
  return Number.isSafeInteger(count) && count > 0 && count <= 1_000 ? count : 0;
};

export class Liker {
  readonly #room: Room;
  #waiting = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(room: Room) {
    this.#room = room;
  }

  like(failed: (error: unknown) => void): void {
    this.#waiting += 1;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const count = this.#waiting;
      this.#waiting = 0;
      this.#room.send({ type: "custom", event: LIKE, params: { count: String(count) } }, { priority: "low" }).catch(failed);
    }, TOGETHER_MS);
  }
}
