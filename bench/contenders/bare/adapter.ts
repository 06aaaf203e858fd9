import type { Adapter, AdapterOptions, TargetKind } from "../../load/adapter.ts";
import { inParallel } from "../../load/parallel.ts";
import { onePayload, type PlainOptions, payloadPerLine, plainAdapter } from "../plain-adapter.ts";

const PLAIN: Record<TargetKind, string> = {
  room: "room",
  peer: "pair",
  "durable-room": "storing",
  "presence-room": "attended",
  device: "room",
  login: "room",
};
const JOINED: Record<TargetKind, string> = { ...PLAIN, room: "joined-room", peer: "joined-pair", device: "joined-room" };

/** Who logs in does so at an object of its own. */
const OWN: Record<TargetKind, string> = { ...PLAIN, login: "user" };

export const bareAdapter = ({ url }: AdapterOptions): Adapter => adapterWith(url, PLAIN, onePayload);
export const bareJoinedAdapter = ({ url }: AdapterOptions): Adapter => adapterWith(url, JOINED, payloadPerLine);

export const bareUserAdapter = ({ url }: AdapterOptions): Adapter => adapterWith(url, OWN, onePayload);

const adapterWith = (url: string, paths: Record<TargetKind, string>, decode: PlainOptions["decode"]): Adapter =>
  plainAdapter({
    url,
    decode,
    consume,
    pathOf: ({ kind, name, index }) => `/${paths[kind]}/${paths[kind] === "user" ? index : name}${kind === "presence-room" ? `?client=${index}` : ""}`,
  });

const JOINING_MAX = 64;

/** The bare object knows nothing but its sockets, so one who listens to a thousand of them has a thousand. */
const consume: PlainOptions["consume"] = (connect, rooms, { index, onDeliveries }) =>
  inParallel(rooms.length, JOINING_MAX, async (room) => {
    await connect({ kind: "device", name: rooms[room] ?? "", index: index + room, onDeliveries });
  });
