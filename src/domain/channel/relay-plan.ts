import { fnv1a } from "../../util/fnv1a.ts";

/**
 * How a channel's sockets are spread: which leaves there are, and which relays between them and the hub. A pure function of
 * load and the plan before; where a user belongs follows from the plan and the user's name alone.
 */
export interface FanOutPlan {
  /** The higher counts. A time, so that a hub without memory is not overruled by what its leaves remember. */
  readonly version: number;
  /** 0: the hub holds all sockets itself. */
  readonly leaves: number;
  /** 0: the hub calls its leaves itself. */
  readonly relays: number;
  /** How long those who move may take to go. */
  readonly spreadMs: number;
  /** Numbers of leaves that were, and until when somebody may still be where they had him. */
  readonly former: readonly Former[];
  /** So large that its members are counted: leaves know who is there, the hub how many. */
  readonly counted?: boolean | undefined;
  /** Where they are counted: which list there is of those who are known by name nevertheless. The version of the plan that brought it. */
  readonly named?: number | undefined;
  /** Of the stream it is for: one that begins anew has a newer plan, so that a late word of the one before changes nothing. */
  readonly epoch?: string | undefined;
}

interface Former {
  readonly leaves: number;
  readonly until: number;
}

export const NO_LEAVES: FanOutPlan = { version: 0, leaves: 0, relays: 0, spreadMs: 0, former: [] };

export interface FanOutLimits {
  /** Sockets the hub holds itself; infinite where there are no leaves. */
  readonly hubMembers: number;
  readonly leafMembers: number;
  /** Frames one object sends in a second, all sockets together. */
  readonly deliveriesPerSecond: number;
  /** Users from which on members on leaves are counted; below half of it they are named again. */
  readonly countedMembers: number;
  /** The hub calls so many leaves itself; for more it has relays. */
  readonly leavesWithoutRelays: number;
  /** How long a channel has to be small before it shrinks. */
  readonly shrinkAfterMs: number;
  /** How long who was told to move may stay, beyond the spread. */
  readonly moveGraceMs: number;
}

export interface FanOutLoad {
  /** On the hub and all leaves. */
  readonly sockets: number;
  /** Users in the channel. */
  readonly users: number;
  /** How often everybody is sent to. */
  readonly framesPerSecond: number;
}

export interface Planned {
  /** The same object where nothing changes. */
  readonly plan: FanOutPlan;
  /** Since when the channel is too small for its leaves. */
  readonly lowSince: number | undefined;
}

/** Planned for so many more members than there are, so that growth moves people seldom. */
const HEADROOM = 1.5;
/** Below so much of what its objects could hold, a channel is too large for itself. */
const LOW = 0.4;
/** Each leaf is a call per flush, so beyond half a million members leaves get larger, not more: at a million a burst takes 40 ms to go out. */
export const LEAVES_MAX = 512;
/** Objects take some 500 upgrades a second beside their other work. */
const MOVE_MS_PER_MEMBER = 2;
const SPREAD_MIN_MS = 300;
const SPREAD_MAX_MS = 30_000;
/** Changes within the life of a move; with this many under way, the next waits. */
const FORMER_MAX = 16;

export function planFanOut(load: FanOutLoad, previous: FanOutPlan, limits: FanOutLimits, now: number, lowSince?: number): Planned {
  const planned = planLeaves(load, previous, limits, now, lowSince);
  const counted = areCounted(load, previous.counted === true, planned.plan, limits);
  if (counted === (planned.plan.counted === true)) return planned;
  const version = planned.plan === previous ? Math.max(previous.version + 1, now) : planned.plan.version;
  const named = previous.counted === true ? previous.named : version;
  return { ...planned, plan: { ...planned.plan, version, counted, named: counted ? named : undefined } };
}

/** Between the bound and half of it they stay what they were. */
const areCounted = ({ users }: FanOutLoad, were: boolean, { leaves }: FanOutPlan, { countedMembers }: FanOutLimits): boolean =>
  leaves > 0 && (were ? users * 2 >= countedMembers : users > countedMembers);

function planLeaves(load: FanOutLoad, previous: FanOutPlan, limits: FanOutLimits, now: number, lowSince?: number): Planned {
  const { sockets } = load;
  const perHub = capacity(limits.hubMembers, load, limits);
  const perLeaf = capacity(limits.leafMembers, load, limits);
  const room = previous.leaves === 0 ? perHub : previous.leaves * perLeaf;
  const unchanged = { plan: previous, lowSince: undefined };
  if (sockets > room) {
    const leaves = leavesFor(sockets, perLeaf);
    return leaves > previous.leaves ? { plan: replan(previous, leaves, sockets, limits, now), lowSince: undefined } : unchanged;
  }
  if (previous.leaves === 0 || sockets >= room * LOW) return unchanged;
  const leaves = sockets < perHub * LOW ? 0 : leavesFor(sockets, perLeaf);
  if (leaves >= previous.leaves) return unchanged;
  const since = lowSince ?? now;
  if (now - since < limits.shrinkAfterMs) return { plan: previous, lowSince: since };
  return { plan: replan(previous, leaves, sockets, limits, now), lowSince: undefined };
}

/** What one object can hold at that rate. */
function capacity(members: number, { framesPerSecond }: FanOutLoad, { deliveriesPerSecond }: FanOutLimits): number {
  const byRate = framesPerSecond > 1 ? Math.floor(deliveriesPerSecond / framesPerSecond) : members;
  return Math.max(1, Math.min(members, byRate));
}

/** One leaf alone would only be a detour. */
const leavesFor = (sockets: number, perLeaf: number): number => Math.min(LEAVES_MAX, Math.max(2, Math.ceil((sockets * HEADROOM) / perLeaf)));

function replan(previous: FanOutPlan, leaves: number, sockets: number, limits: FanOutLimits, now: number): FanOutPlan {
  const former = previous.former.filter(({ until }) => until > now);
  if (former.length >= FORMER_MAX) return previous;
  const spreadMs = Math.min(SPREAD_MAX_MS, Math.max(SPREAD_MIN_MS, sockets * movedShare(previous.leaves, leaves) * MOVE_MS_PER_MEMBER));
  return {
    version: Math.max(previous.version + 1, now),
    leaves,
    relays: leaves > limits.leavesWithoutRelays ? Math.ceil(Math.sqrt(leaves)) : 0,
    spreadMs,
    former: [...former, { leaves: previous.leaves, until: now + spreadMs + limits.moveGraceMs }],
  };
}

/** To or from the hub everybody moves. */
const movedShare = (from: number, to: number): number => (from === 0 || to === 0 ? 1 : Math.abs(to - from) / Math.max(to, from));

/** The hub itself, as a place. */
export const HUB = -1;

/** The leaf of a user among so many, or the hub. Jump consistent hash: from n to m leaves only the share that must move does. */
export function leafOf(user: string, leaves: number): number {
  let random = fnv1a(user);
  let leaf = HUB;
  let jump = 0;
  while (jump < leaves) {
    leaf = jump;
    random = (random + 0x6d2b79f5) | 0;
    jump = Math.floor((leaf + 1) / ((mixed(random) + 1) / 0x1_0000_0000));
  }
  return leaf;
}

/** The finisher of murmur3: each bit of the number decides over each bit of the result. */
function mixed(number: number): number {
  let bits = number ^ (number >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits ^= bits >>> 13;
  bits = Math.imul(bits, 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Leaves that may hold a user's sockets now: where the plan has it, and where former ones had. */
export function leavesOf(user: string, plan: FanOutPlan, now: number): number[] {
  const counts = [plan.leaves, ...plan.former.filter(({ until }) => until > now).map(({ leaves }) => leaves)];
  return [...new Set(counts.map((leaves) => leafOf(user, leaves)))].filter((leaf) => leaf !== HUB);
}

/** Leaves that are to hear of the channel: those of the plan, and those that are being left. */
export const leavesInUse = (plan: FanOutPlan, now: number): number =>
  plan.former.reduce((most, { leaves, until }) => (until > now ? Math.max(most, leaves) : most), plan.leaves);

/** Whether all that a plan changes is how members are known: they were told to move by the one before. */
export const onlyCountsOtherwise = (plan: FanOutPlan, before: FanOutPlan): boolean =>
  plan.leaves === before.leaves && ((plan.counted === true) !== (before.counted === true) || plan.named !== before.named);

/** Until when somebody may still be where a former plan had him; undefined: everybody should be in place. */
export function movingUntil({ former }: FanOutPlan, now: number): number | undefined {
  const until = former.reduce((latest, one) => Math.max(latest, one.until), 0);
  return until > now ? until : undefined;
}

/** Which relay calls a leaf. */
export const relayOf = (leaf: number, relays: number): number => leaf % relays;
