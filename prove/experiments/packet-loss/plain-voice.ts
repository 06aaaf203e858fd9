import type { Target } from "../../record/event.ts";
import { payloadOf, readPayload } from "../../record/payload.ts";
import { CHANNEL, machineNow, type SpeakerJob } from "./job.ts";
import type { Note, Voice } from "./speaker.ts";

const RECONNECT_MS = 1_000;
const PING_MS = 10_000;

/** What a program does that uses a WebSocket as it comes: it reconnects after a second, pings, and sends while the socket is open. */
export async function plainVoice({ url }: SpeakerJob, user: string, note: Note): Promise<Voice> {
  const device = `${user}/d`;
  const counters = new Map<Target, number>();
  let socket: WebSocket | undefined;
  let heardAt = 0;
  let ended = false;

  const open = (opened: () => void): void => {
    const own = new WebSocket(`${url.replace(/^http/, "ws")}/?user=${user}`);
    socket = own;
    own.onopen = () => {
      heardAt = machineNow();
      opened();
    };
    own.onmessage = ({ data }) => {
      heardAt = machineNow();
      if (data === "pong") return;
      const { target, payload } = JSON.parse(String(data)) as { target: Target; payload: string };
      const name = readPayload(payload);
      if (name !== undefined) note({ is: "delivery", at: machineNow(), device, target, ...name });
    };
    own.onclose = () => {
      if (!ended && socket === own) setTimeout(() => open(() => {}), RECONNECT_MS);
    };
    own.onerror = () => {};
  };
  const pings = setInterval(() => {
    if (socket?.readyState !== WebSocket.OPEN) return;
    if (machineNow() - heardAt > 2 * PING_MS) {
      const silent = socket;
      socket = undefined;
      silent.close();
      open(() => {});
    } else socket.send("ping");
  }, PING_MS);

  await new Promise<void>((resolve) => open(resolve));
  const say = async (target: Target): Promise<void> => {
    const n = (counters.get(target) ?? 0) + 1;
    counters.set(target, n);
    const name = { writer: `${device}>${target}`, n };
    note({ is: "attempt", at: machineNow(), device, target, ...name });
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ target, payload: payloadOf(name) }));
  };
  return {
    publish: () => say(`channel:${CHANNEL}`),
    send: (to) => say(`user:${to}`),
    end: () => {
      ended = true;
      clearInterval(pings);
      socket?.close();
    },
  };
}
