import { FrameTape } from "../../lib/frame-tape.ts";
import { decodePayload } from "../../lib/payload.ts";
import type { Adapter, AdapterOptions, Connection, Target } from "../../load/adapter.ts";
import { mustStayOpen, openSocket } from "../../load/socket.ts";
import { BENCH_APP, tokenFor } from "./app.ts";
import { Clock, KEEP_ALIVE_MS } from "./clock.ts";
import { type ChannelFrame, Direct, decodeChannelFrame } from "./direct.ts";
import { Session } from "./session.ts";
import { subprotocols } from "./wire.ts";

/**
 * workerd holds two descriptors per socket and up to three per awake object. Beyond so many clients two sockets each no longer fit common
 * limits: then several devices share a user, and a session ends (without logging out) once its ticket has been used.
 */
const CLIENTS_WITH_OWN_USER = 2_500;
const DEVICES_PER_USER = 10;

/** Our own protocol on raw sockets. */
export function wigwagAdapter({ url, clients }: AdapterOptions): Adapter {
  const crowded = clients > CLIENTS_WITH_OWN_USER;
  const base = url.replace("http", "ws");
  const tapes = new Map<string, FrameTape<ChannelFrame>>();
  const clock = new Clock();
  let frames = 0;
  let closing = false;
  const onFrame = (): void => {
    frames += 1;
  };

  // Modulo: devices of one user log in far apart, as the limit of logins per user and second wants it.
  const userOf = (index: number): string => `user-${crowded ? index % Math.ceil(clients / DEVICES_PER_USER) : index}`;

  const openSession = async (target: Target, ended: () => boolean): Promise<Session> => {
    const user = userOf(target.index);
    const device = `device-${target.index}`;
    const query = new URLSearchParams({
      app: BENCH_APP.id,
      user,
      device,
      kind: "bench",
      instance: `instance-${target.index}`,
      keepAlive: String(KEEP_ALIVE_MS),
    });
    const socket = openSocket(`${base}/v1/session?${query}`, subprotocols(tokenFor(user)));
    mustStayOpen(socket, `session of ${user}`, () => closing || ended());
    const session = new Session(socket, ({ data }) => target.onDeliveries([decodePayload(String(data))]), onFrame);
    await session.welcomed;
    return session;
  };

  const connectPeer = async (target: Target): Promise<Connection> => {
    const session = await openSession(target, () => false);
    clock.add(session);
    const to = userOf(target.peer ?? target.index);
    return { send: (data) => session.ask("peer.send", { to, data }, assertDelivered), close: () => session.close() };
  };

  const connectRoom = async (target: Target): Promise<Connection> => {
    let sessionEnded = false;
    const session = await openSession(target, () => sessionEnded);
    const joined = await session.request("channel.join", { channel: { type: "message", name: target.name }, via: "direct" });
    const { path, ticket } = joined;
    if (typeof path !== "string" || typeof ticket !== "string") throw new Error(`no ticket: ${JSON.stringify(joined)}`);
    const who = `client ${target.index} in ${target.name}`;
    const socket = openSocket(`${base}${path}&keepAlive=${KEEP_ALIVE_MS}`, subprotocols(ticket));
    mustStayOpen(socket, who, () => closing);
    const tape = tapes.get(target.name) ?? new FrameTape(decodeChannelFrame);
    tapes.set(target.name, tape);
    const direct = new Direct({ socket, who, tape, nextId: () => session.nextId(), onDeliveries: target.onDeliveries, onFrame });
    await direct.welcomed;
    clock.add(direct);
    if (crowded) {
      sessionEnded = true;
      session.close();
    } else clock.add(session);
    return { send: (data) => direct.publish(data), close: () => direct.close() };
  };

  return {
    connect: (target) => (target.kind === "peer" ? connectPeer(target) : connectRoom(target)),
    get frames() {
      return frames;
    },
    close: () => {
      closing = true;
      clock.stop();
    },
  };
}

function assertDelivered(output: Record<string, unknown>): void {
  if (output.delivered !== 1 && output.waiting !== 1) throw new Error(`a peer message is neither delivered nor waiting: ${JSON.stringify(output)}`);
}
