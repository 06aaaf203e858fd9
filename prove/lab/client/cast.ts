import type { TokenPermissions } from "../../../src/client/token.ts";
import { randomFrom } from "../../../test/support/random.ts";

/**
 * What a device does all along: `member` joins and publishes · `rider` likewise over one socket · `outsider` publishes where it is no
 * member · `visitor` joins and leaves · `wanderer` goes offline and comes back · `reader` may read and not write · `caller` calls and is
 * called · `doubler` submits each message over two sockets at once, and again after a loss.
 */
export type Role = "member" | "rider" | "outsider" | "visitor" | "wanderer" | "reader" | "caller" | "doubler";

export interface Part {
  readonly user: string;
  readonly device: string;
  readonly process: number;
  readonly role: Role;
  readonly channels: readonly string[];
  /** Users it writes to. */
  readonly peers: readonly string[];
  /** Users it calls, or whose status it watches. */
  readonly others: readonly string[];
  readonly permissions?: TokenPermissions;
  /** Its sockets compress, as browsers' do. Those of most do not: compression would be most of what a run's clients are busy with. */
  readonly compresses: boolean;
}

export interface ChannelPlan {
  readonly name: string;
  readonly log: "durable" | "memory";
}

export interface Cast {
  readonly channels: readonly ChannelPlan[];
  readonly parts: readonly Part[];
}

/** In the order in which processes are filled. Every second `member` shares its user with a `rider`: two devices of one user. */
const ROLES: readonly Role[] = [
  "member",
  "rider",
  "outsider",
  "wanderer",
  "member",
  "caller",
  "rider",
  "reader",
  "member",
  "caller",
  "visitor",
  "doubler",
  "member",
  "rider",
  "outsider",
  "wanderer",
];
const CHANNELS: readonly ChannelPlan[] = [
  { name: "north", log: "durable" },
  { name: "east", log: "durable" },
  { name: "south", log: "durable" },
  { name: "west", log: "durable" },
  { name: "quick", log: "memory" },
];

export const isDurable = (channel: string): boolean => CHANNELS.some(({ name, log }) => name === channel && log === "durable");

/** No divisor of the number of roles: devices of each kind do. */
const COMPRESSES_EVERY = 3;

/** Who takes part, and how: from the seed alone. */
export function castOf(seed: number, processes: number, devices: number): Cast {
  const random = randomFrom(seed);
  const pick = <Item>(items: readonly Item[], count: number): Item[] => {
    const left = [...items];
    return Array.from({ length: Math.min(count, left.length) }, () => left.splice(Math.floor(random() * left.length), 1)).flat();
  };
  const seats = Array.from({ length: devices }, (_, index) => {
    const role = ROLES[index % ROLES.length] ?? "member";
    // A doubler's sockets are its own business: nobody else has its name.
    const shared = role === "rider" && index % 4 === 1;
    const compresses = index % COMPRESSES_EVERY === 0;
    return { role, user: `u${shared ? index - 1 : index}`, device: shared ? "two" : "one", process: index % processes, compresses };
  });
  const listening = seats.filter(({ role, device }) => device === "one" && role !== "doubler").map(({ user }) => user);
  const callers = seats.filter(({ role }) => role === "caller").map(({ user }) => user);
  const wanderers = seats.filter(({ role }) => role === "wanderer").map(({ user }) => user);
  const names = CHANNELS.map(({ name }) => name);
  const parts = seats.map((seat): Part => {
    const { role, user } = seat;
    const channels = role === "wanderer" || role === "caller" ? [] : pick(names, role === "doubler" || role === "reader" ? 1 : 2);
    const peers =
      role === "reader"
        ? []
        : [
            ...pick(
              wanderers.filter((other) => other !== user),
              1,
            ),
            ...pick(
              listening.filter((other) => other !== user),
              1,
            ),
          ];
    const others = role === "caller" ? callers.filter((other) => other !== user) : wanderers.filter((other) => other !== user);
    const permissions = role === "reader" ? { messageChannels: { read: channels } } : undefined;
    return { ...seat, channels, peers: [...new Set(peers)], others, ...(permissions && { permissions }) };
  });
  return { channels: CHANNELS, parts };
}
