import { useEffect, useRef, useState } from "preact/hooks";
import type { RoomState } from "../../../client/chat/index.ts";
import type { RoomView } from "../../../react/index.ts";
import { type CrowdState, callCrowd } from "../crowd.ts";
import { Rate, SECONDS } from "../rate.ts";
import { useLive } from "./shared.tsx";

const CROWDS = [
  { viewers: 100, perSecond: 5 },
  { viewers: 1_000, perSecond: 8 },
  { viewers: 2_000, perSecond: 5 },
];
const DROPPED_EVERY = 3;
const HEIGHT = 60;

/** An audience at the push of a button, and what it does to the room. */
export function Crowd({ view: { room } }: { readonly view: RoomView }) {
  const { say, attempt } = useLive();
  const [crowd, setCrowd] = useState<CrowdState>();
  const [rates, setRates] = useState<readonly number[]>([]);
  const [dropped, setDropped] = useState<RoomState["dropped"]>();
  const running = useRef<AbortController | undefined>(undefined);

  useEffect(() => {
    const rate = new Rate();
    const stop = room.on("message", () => rate.count());
    let seconds = 0;
    const timer = setInterval(() => {
      setRates(rate.tick());
      seconds += 1;
      if (seconds % DROPPED_EVERY !== 0 || running.current === undefined) return;
      // Asked again in a moment, whatever becomes of it.
      room.call("room.get", {}).then(
        (state) => setDropped(state.dropped),
        () => {},
      );
    }, 1_000);
    return () => {
      stop();
      clearInterval(timer);
      running.current?.abort();
    };
  }, [room]);

  const call = ({ viewers, perSecond }: (typeof CROWDS)[number]): void => {
    running.current?.abort();
    const controller = new AbortController();
    running.current = controller;
    const over = (error?: unknown): void => {
      if (running.current !== controller) return;
      running.current = undefined;
      setCrowd(undefined);
      if (error !== undefined && !controller.signal.aborted) attempt(() => Promise.reject(error));
    };
    callCrowd(room.name, viewers, perSecond, controller.signal, setCrowd).then(() => over(), over);
  };
  const sendHome = (): void => {
    running.current?.abort();
    running.current = undefined;
    setCrowd(undefined);
  };

  const top = Math.max(10, ...rates);
  const points = rates.map((rate, second) => `${((second / (SECONDS - 1)) * 100).toFixed(2)},${(HEIGHT - (rate / top) * HEIGHT).toFixed(2)}`).join(" ");
  return (
    <details class="panel" open>
      <summary>{say("crowd")}</summary>
      <p class="note">{say("crowdNote")}</p>
      <div class="row buttons">
        {CROWDS.map((one) => (
          <button key={one.viewers} type="button" class="chip" onClick={() => call(one)}>
            {say("callIn", { count: one.viewers.toLocaleString() })}
          </button>
        ))}
        <button type="button" class="chip" disabled={crowd === undefined} onClick={sendHome}>
          {say("sendHome")}
        </button>
      </div>
      <p class="note crowd-here" role="status" data-viewers={crowd?.viewers ?? 0}>
        {crowd === undefined ? "" : say("crowdHere", { count: crowd.viewers.toLocaleString(), said: crowd.said.toLocaleString() })}
      </p>
      <figure class="plot">
        <svg viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          <polyline points={points} />
        </svg>
        <figcaption>
          {say("perSecond")}: <output class="rate">{rates.at(-1) ?? 0}</output>
          {dropped !== undefined && <span class="dropped">{say("dropped", dropped)}</span>}
        </figcaption>
      </figure>
    </details>
  );
}
