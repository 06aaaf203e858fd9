import type { TokenPermissions } from "../../../src/client/token.ts";
import { randomFrom } from "../../../test/support/random.ts";

/**
 * What a device does all along: `member` joins and publishes · `rider` likewise over one socket · `outsider` publishes where it is no
 * member, and sends much at once to who is away · `visitor` joins and leaves · `wanderer` goes offline and comes back, and loses its
 * connection while it is handed what waits · `reader` may read and not write · `caller` calls and is called · `doubler` submits each
 * message over two sockets at once, and again after a loss · `renewer` has a token that says less, then more again · `intruder` is
 * kicked, and tries its ticket once more · `ghost` vanishes without a word, for longer than a lease · `listener` sits in a channel where
 * hardly anything is ever said: its connections are lost without traffic, and after long silence.
 */
export type Role = "member" | "rider" | "outsider" | "visitor" | "wanderer" | "reader" | "caller" | "doubler" | "renewer" | "intruder" | "ghost" | "listener";

export interface Part {
  readonly user: string;
  readonly device: string;
  readonly process: number;
  readonly role: Role;
  readonly channels: readonly string[];
  /** Users it writes to; the first of them goes offline now and then. */
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

interface Seat {
  readonly role: Role;
  /** The second device of the user before it. */
  readonly isTwin?: true;
}

/** In the order in which processes are filled, so that two devices of one user are in different ones. */
const SEATS: readonly Seat[] = [
  { role: "member" },
  { role: "rider", isTwin: true },
  { role: "outsider" },
  { role: "wanderer" },
  { role: "caller" },
  { role: "caller", isTwin: true },
  { role: "renewer" },
  { role: "caller" },
  { role: "member" },
  { role: "doubler" },
  { role: "intruder" },
  { role: "ghost" },
  { role: "listener" },
  { role: "visitor" },
  { role: "reader" },
  { role: "wanderer" },
  { role: "member" },
  { role: "rider", isTwin: true },
  { role: "outsider" },
  { role: "listener" },
];
/** These speak the protocol over sockets of their own, or are to hear nothing for long: nobody writes to them, nor they to anybody. */
const ALONE: ReadonlySet<Role> = new Set(["doubler", "intruder", "ghost", "listener"]);
const CHANNELS: readonly ChannelPlan[] = [
  { name: "north", log: "durable" },
  { name: "east", log: "durable" },
  { name: "south", log: "durable" },
  { name: "west", log: "durable" },
  { name: "quick", log: "memory" },
];
/** Where hardly anything is ever said. */
const SILENT: ChannelPlan = { name: "silent", log: "durable" };

export const isDurable = (channel: string): boolean => [...CHANNELS, SILENT].some(({ name, log }) => name === channel && log === "durable");

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
    const { role, isTwin = false } = SEATS[index % SEATS.length] ?? { role: "member" };
    const compresses = index % COMPRESSES_EVERY === 0;
    return { role, user: `u${isTwin ? index - 1 : index}`, device: isTwin ? "two" : "one", process: index % processes, compresses };
  });
  const listening = seats.filter(({ role, device }) => device === "one" && !ALONE.has(role)).map(({ user }) => user);
  const callers = [...new Set(seats.filter(({ role }) => role === "caller").map(({ user }) => user))];
  const wanderers = seats.filter(({ role }) => role === "wanderer").map(({ user }) => user);
  const names = CHANNELS.map(({ name }) => name);
  const parts = seats.map((seat): Part => {
    const { role, user } = seat;
    const channels =
      role === "listener" ? [SILENT.name] : role === "wanderer" || role === "caller" ? [] : pick(names, ALONE.has(role) || role === "reader" ? 1 : 2);
    const peers =
      role === "reader" || role === "renewer" || ALONE.has(role)
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
  return { channels: [...CHANNELS, SILENT], parts };
}
