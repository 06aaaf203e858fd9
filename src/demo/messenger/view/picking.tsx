import { useState } from "preact/hooks";
import type { MessagesState } from "../../../react/index.ts";
import { later } from "./later.tsx";
import { useShared } from "./shared.tsx";
import { mayPick } from "./timeline.tsx";

const PickBar = later(async () => (await import("./rare.ts")).PickBar);
/** More the service does not hold in one. */
const PICKED_MAX = 300;

/** Messages of a conversation that are picked, to be passed on together. */
export function usePicking({ messages, handle }: MessagesState) {
  const { say, tell } = useShared();
  const [picked, setPicked] = useState<ReadonlySet<number> | undefined>(undefined);
  const pick = (seq: number): void => {
    const next = new Set(picked);
    if (!next.delete(seq)) next.add(seq);
    if (next.size > PICKED_MAX) return tell(say("tooManySelected", { max: PICKED_MAX }));
    setPicked(next);
  };
  const end = () => setPicked(undefined);
  const chosen = messages.filter((message) => picked?.has(message.seq) && mayPick(message));
  return { picked, pick, bar: picked === undefined ? undefined : <PickBar of={handle.ref} messages={chosen} end={end} /> };
}
