import { type Changes, freeSeat, HOST, type RoomState, type Seat, seatKey, seatOf, sit, standUp } from "./seats.ts";

type Members = ReadonlySet<string>;

/**
 * Who takes over when the host is not there: who has sat for longest, or of an audience alone the first by name. Everybody
 * has the same attributes and the same members, so everybody comes to the same name without asking.
 */
export function successor({ seats }: RoomState, members: Members): string | undefined {
  const seated = seats.filter((seat): seat is Seat & { user: string } => seat.user !== undefined && members.has(seat.user));
  const oldest = seated.reduce<(Seat & { user: string }) | undefined>((best, seat) => (best === undefined || seat.since < best.since ? seat : best), undefined);
  if (oldest !== undefined) return oldest.user;
  return [...members].reduce<string | undefined>((first, name) => (first === undefined || name < first ? name : first), undefined);
}

/** The host, or who takes over: the one who keeps the house in order. */
export const keeperOf = (room: RoomState, members: Members): string | undefined =>
  room.host !== undefined && members.has(room.host) ? room.host : successor(room, members);

/** What has to be written so that the attributes fit the people: nothing, unless oneself is to do it. */
export function dueChanges(room: RoomState, members: Members, me: string, now: number): Changes {
  if (keeperOf(room, members) !== me) return {};
  let due: Changes = {};
  for (const { user, number } of room.seats) if (user !== undefined && !members.has(user)) due = { ...due, [seatKey(number)]: "{}" };
  if (room.host === me) return due;
  due = { ...due, [HOST]: me };
  // A room without anybody on its stage begins with its host there.
  const free = freeSeat(room);
  const bare = room.seats.every(({ user }) => user === undefined || !members.has(user));
  return bare && free !== undefined ? { ...due, ...sit(room, me, free.number, now) } : due;
}

/** What the host writes who goes: a successor at once, so that nobody has to notice. */
export function farewell(room: RoomState, members: Members, me: string): Changes {
  const changes = seatOf(room, me) === undefined ? {} : standUp(room, me);
  if (room.host !== me) return changes;
  const next = successor(room, new Set([...members].filter((name) => name !== me)));
  return next === undefined ? changes : { ...changes, [HOST]: next };
}
