/** Seats on the stage, numbered from 1. */
export const SEATS = 8;

/** Who keeps a seat's microphone shut: its user, or the host, whom its user cannot overrule. */
export type Muted = "no" | "self" | "host";

export interface Seat {
  readonly number: number;
  readonly user: string | undefined;
  readonly muted: Muted;
  /** When its user sat down, Unix ms; 0 for nobody. */
  readonly since: number;
  /** Nobody may sit down. */
  readonly closed: boolean;
}

/** What the channel's attributes say. */
export interface RoomState {
  readonly seats: readonly Seat[];
  readonly topic: string;
  readonly host: string | undefined;
}

/** An attribute as RTM 1.x gives it. */
export interface Attribute {
  readonly value: string;
  readonly lastUpdateUserId: string;
  readonly lastUpdateTs: number;
}
export type Attributes = ReadonlyMap<string, Attribute>;
/** Attributes to write. Nothing is ever deleted: an empty value has a time, so it is known to be newer than another. */
export type Changes = Readonly<Record<string, string>>;

export const TOPIC = "topic";
export const HOST = "host";
const EMPTY = "{}";
const CLOSED = '{"closed":true}';
const NAME_CHARS_MAX = 64;
const TOPIC_CHARS_MAX = 120;

export const seatKey = (number: number): string => `seat.${number}`;

/**
 * Of each attribute the one that was written last: what is read and what is told cross each other on the way, and one
 * of them may be older than what is known.
 */
export function newest(known: Attributes, told: Readonly<Record<string, Attribute>>): Attributes {
  const all = new Map(known);
  for (const [key, attribute] of Object.entries(told)) {
    const before = all.get(key);
    if (before === undefined || before.lastUpdateTs <= attribute.lastUpdateTs) all.set(key, attribute);
  }
  return all;
}

export function readRoom(attributes: Attributes): RoomState {
  const seats = Array.from({ length: SEATS }, (_, index) => readSeat(index + 1, attributes.get(seatKey(index + 1))?.value));
  const host = attributes.get(HOST)?.value ?? "";
  return {
    seats: seats.map((seat) => (isLatestOf(seat, seats) ? seat : emptySeat(seat.number))),
    topic: (attributes.get(TOPIC)?.value ?? "").slice(0, TOPIC_CHARS_MAX),
    host: isName(host) ? host : undefined,
  };
}

const emptySeat = (number: number): Seat => ({ number, user: undefined, muted: "no", since: 0, closed: false });

/** Anybody may write attributes, so anything may stand there: what is no seat is an empty one. */
function readSeat(number: number, value: string | undefined): Seat {
  const empty = emptySeat(number);
  const said = parse(value);
  if (said.closed === true) return { ...empty, closed: true };
  const { user, since, muted } = said;
  if (!isName(user) || typeof since !== "number" || !Number.isFinite(since)) return empty;
  return { ...empty, user, since, muted: muted === "self" || muted === "host" ? muted : "no" };
}

function parse(value: string | undefined): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(value ?? EMPTY);
    return typeof parsed === "object" && parsed !== null ? { ...parsed } : {};
  } catch {
    return {};
  }
}

const isName = (value: unknown): value is string => typeof value === "string" && value !== "" && value.length <= NAME_CHARS_MAX;

/** Nobody sits on two seats: where somebody last sat down counts. */
function isLatestOf(seat: Seat, seats: readonly Seat[]): boolean {
  return !seats.some((other) => other.user === seat.user && other.user !== undefined && isLater(other, seat));
}

const isLater = (one: Seat, other: Seat): boolean => one.since > other.since || (one.since === other.since && one.number < other.number);

export const seatOf = ({ seats }: RoomState, user: string): Seat | undefined => seats.find((seat) => seat.user === user);

export const seatAt = ({ seats }: RoomState, number: number): Seat => seats[number - 1] ?? { ...emptySeat(number), closed: true };

const isFree = (seat: Seat): boolean => seat.user === undefined && !seat.closed;

export const freeSeat = ({ seats }: RoomState): Seat | undefined => seats.find(isFree);

const written = (user: string, since: number, muted: Muted): string => JSON.stringify({ user, since, ...(muted !== "no" && { muted }) });

/** Sits down, and leaves the seat one had, in one write. Undefined if the seat is not free. */
export function sit(room: RoomState, user: string, number: number, now: number): Changes | undefined {
  if (!isFree(seatAt(room, number))) return undefined;
  const before = seatOf(room, user);
  // One does not get rid of the host's muting by changing the seat.
  const changes = { [seatKey(number)]: written(user, now, before?.muted ?? "no") };
  return before === undefined ? changes : { ...changes, [seatKey(before.number)]: EMPTY };
}

/** Empties the seat of somebody, if there is one. */
export function standUp(room: RoomState, user: string): Changes {
  const seat = seatOf(room, user);
  return seat === undefined ? {} : { [seatKey(seat.number)]: EMPTY };
}

/** Undefined where it is not for them: the host mutes and lets talk again, but opens no microphone that its user has shut. */
export function mute({ seats, host }: RoomState, by: string, number: number, quiet: boolean): Changes | undefined {
  const seat = seats.find((one) => one.number === number);
  if (seat?.user === undefined) return undefined;
  const own = seat.user === by;
  const allowed = own ? seat.muted !== "host" || by === host : by === host && (quiet || seat.muted === "host");
  if (!allowed) return undefined;
  return { [seatKey(number)]: written(seat.user, seat.since, !quiet ? "no" : own ? "self" : "host") };
}

/** Nobody may sit there; who does, stands up. */
export const close = (number: number): Changes => ({ [seatKey(number)]: CLOSED });
export const open = (number: number): Changes => ({ [seatKey(number)]: EMPTY });

export type Loss =
  | { readonly why: "given-way"; readonly seat: number; readonly to: string }
  | { readonly why: "moved-off"; readonly seat: number; readonly by: string };

/** How somebody has lost a seat that they did not leave themselves. */
export function lossOf(before: RoomState, after: RoomState, user: string, attributes: Attributes): Loss | undefined {
  const had = seatOf(before, user);
  if (had === undefined || seatOf(after, user) !== undefined) return undefined;
  const by = attributes.get(seatKey(had.number))?.lastUpdateUserId ?? "";
  if (by === user) return undefined;
  const now = seatAt(after, had.number).user;
  return now === undefined ? { why: "moved-off", seat: had.number, by } : { why: "given-way", seat: had.number, to: now };
}
