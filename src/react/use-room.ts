import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { openRoom, type Room, type RoomClient, type RoomDetails, type RoomKey, type RoomMessage } from "../client/chat/index.ts";

export interface RoomView {
  readonly room: Room;
  readonly details: RoomDetails;
  readonly role: Room["role"];
  readonly muted: boolean;
  readonly count: number;
  readonly state: Room["state"];
  readonly messages: readonly RoomMessage[];
  readonly keys: ReadonlyMap<string, RoomKey>;
}

export interface UsedRoom {
  /** Undefined until one is in it. */
  readonly view: RoomView | undefined;
  /** Why one did not get in. */
  readonly error: unknown;
}

/**
 * A chat room, for as long as the component is shown: comes in, follows it, and leaves.
 *
 * @example
 * const { view } = useRoom(client, "stage");
 * return view?.messages.map(({ id, from }) => <li key={id}>{from}</li>);
 */
export function useRoom(client: RoomClient, name: string, { last }: { readonly last?: number } = {}): UsedRoom {
  const [opened, setOpened] = useState<{ readonly room?: Room; readonly error?: unknown }>({});
  useEffect(() => {
    let over = false;
    const opening = openRoom(client, name, last === undefined ? {} : { last });
    opening.then(
      (room) => over || setOpened({ room }),
      (error: unknown) => over || setOpened({ error }),
    );
    return () => {
      over = true;
      setOpened({});
      void opening.then(
        (room) => room.leave(),
        () => undefined,
      );
    };
  }, [client, name, last]);
  const { room, error } = opened;
  const kept = useRef<RoomView | undefined>(undefined);
  const subscribe = useCallback(
    (changed: () => void) => {
      kept.current = undefined;
      changed();
      if (room === undefined) return () => undefined;
      return room.on("changed", () => {
        kept.current = undefined;
        changed();
      });
    },
    [room],
  );
  const view = useSyncExternalStore(subscribe, read, read);
  return { view, error };

  function read(): RoomView | undefined {
    if (room === undefined) return undefined;
    if (kept.current?.room !== room) {
      const { details, role, muted, count, state, messages, keys } = room;
      kept.current = { room, details, role, muted, count, state, messages, keys };
    }
    return kept.current;
  }
}
