/**
 * What a run leaves behind, one event a line (JSON lines, one file per process). The simulation and the fault lab write the same, and
 * `prove/check` reads it. A later feature adds its events as members of `RunEvent`, and invariants of its own.
 */

/** Where messages go: a channel, as `channel:<name>`, or a user, as `user:<id>`. */
export type Target = `channel:${string}` | `user:${string}`;

/** A login, as `<user>/<device>`. */
export type DeviceName = string;

/** Who numbers messages: one per device and target, so that its numbers rise within each stream. */
export type Writer = string;

interface Noted {
  /** Ms on the run's one clock, which never jumps. */
  readonly at: number;
}

/** A message, by what its payload says. */
export interface MessageName {
  readonly writer: Writer;
  /** 1, 2, 3 … */
  readonly n: number;
}

/** A place in a stream. Peer messages have none that a client sees. */
export interface Place {
  readonly epoch?: string | undefined;
  readonly seq?: number | undefined;
}

/** The application hands a message over. The same message may be handed over again: it keeps its name. */
export interface Attempt extends Noted, MessageName {
  readonly is: "attempt";
  readonly device: DeviceName;
  readonly target: Target;
  /** It asks for a place in history. */
  readonly stored?: boolean;
  /** The service must refuse it: the device has no right to say it. */
  readonly forbidden?: boolean;
  /** Of a peer message: what is asked for devices that are away; `keep` where absent. */
  readonly ifAbsent?: "keep" | "bridge" | "drop" | undefined;
}

/** The service answered for it. */
export interface Ack extends Noted, MessageName, Place {
  readonly is: "ack";
  readonly device: DeviceName;
  readonly target: Target;
  /** It had been seen before, and its place is no longer known. */
  readonly duplicate?: boolean;
  /** Of a peer message: devices that have it, and copies that wait for one. */
  readonly delivered?: number;
  readonly waiting?: number;
}

/** The application was told that it did not happen, or that nobody knows. */
export interface Refused extends Noted, MessageName {
  readonly is: "refused";
  readonly device: DeviceName;
  readonly target: Target;
  readonly code: string;
}

/** From here on the device is to hear everything said to the target. */
export interface Listens extends Noted, Place {
  readonly is: "listens";
  readonly device: DeviceName;
  readonly target: Target;
}

/** It has left, or was closed: what comes now is not for it. */
export interface Leaves extends Noted {
  readonly is: "leaves";
  readonly device: DeviceName;
  readonly target: Target;
}

export interface Delivery extends Noted, MessageName, Place {
  readonly is: "delivery";
  readonly device: DeviceName;
  readonly target: Target;
  /** A peer message that had waited in the inbox. */
  readonly waited?: boolean;
}

/** The device was told that something is missing. Its place is where it goes on: the last seq that it no longer waits for. */
export interface Gap extends Noted, Place {
  readonly is: "gap";
  readonly device: DeviceName;
  readonly target: Target;
  readonly reason: string;
  /** Inclusive; absent where the stream began anew. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly skipped?: number | undefined;
}

/** What history holds, read to its end when all is quiet. */
export interface Drained extends Noted {
  readonly is: "drained";
  readonly target: Target;
  readonly items: readonly (MessageName & Place)[];
}

/** Whether who had an acknowledgement found the message in history at once. */
export interface ReadBack extends Noted, MessageName {
  readonly is: "readback";
  readonly device: DeviceName;
  readonly target: Target;
  readonly found: boolean;
}

/** The device's process was killed: it notes nothing more until it listens anew. Noted by whoever killed it. */
export interface Died extends Noted {
  readonly is: "died";
  readonly device: DeviceName;
}

/** Of the login; or of one channel, where `target` names it. */
export interface LinkChange extends Noted {
  readonly is: "link";
  readonly device: DeviceName;
  readonly target?: Target | undefined;
  readonly state: "connecting" | "connected" | "reconnecting" | "closed";
  readonly code?: number | undefined;
  readonly reason?: string | undefined;
}

/** What a member hears of the others; `all`: who is there, after a fault of the service. */
export interface MemberNews extends Noted {
  readonly is: "members";
  readonly device: DeviceName;
  readonly target: Target;
  readonly change: "joined" | "left" | "all";
  readonly users: readonly string[];
}

/** Members, or online users, as the service says when all is quiet, and those whose devices are in fact there. */
export interface Census extends Noted {
  readonly is: "census";
  readonly target: Target | "presence";
  readonly said: readonly string[];
  readonly live: readonly string[];
  /** Of those who are not said to be there, what is said of them. */
  readonly detail?: string;
}

/** What a device's token lets it do there, from now on. Without such an event it may do everything. */
export interface Rights extends Noted {
  readonly is: "rights";
  readonly device: DeviceName;
  readonly target: Target;
  readonly read: boolean;
  readonly write: boolean;
}

/** How the target keeps its word: `durable` (an acknowledgement outlives everything) or `memory` (a loss is told). */
export interface Promised extends Noted {
  readonly is: "promised";
  readonly target: Target;
  readonly log: "durable" | "memory";
}

export interface CallSeen extends Noted {
  readonly is: "call";
  readonly device: DeviceName;
  readonly call: string;
  readonly version: number;
  readonly phase: string;
  /** Why it ended, once it has. */
  readonly end?: string | undefined;
  readonly members: readonly { readonly user: string; readonly state: string; readonly device?: string | undefined }[];
}

/** The service said yes when this device answered the call, or took it over from another of its user. */
export interface Answered extends Noted {
  readonly is: "answered";
  readonly device: DeviceName;
  readonly call: string;
  readonly takeOver?: boolean;
}

/**
 * Something was done to the service, its clients or the way between them. `until` where it lasts. Names that begin with `kill`, `evict`,
 * `restart`, `deploy` or `start` speak of the service alone: while they last, who is silent is gone.
 */
export interface Fault extends Noted {
  readonly is: "fault";
  readonly name: string;
  readonly detail?: string;
  readonly until?: number;
}

/** No fault from here on. */
export interface Calm extends Noted {
  readonly is: "calm";
}

/** A size that has to come back to where it began: memory, rows, queues, alarms, sockets. */
export interface Gauge extends Noted {
  readonly is: "gauge";
  readonly name: string;
  readonly when: "before" | "during" | "after";
  readonly value: number;
  /** How much `after` may be above `before`, and why is said where it is set. */
  readonly slack?: number;
}

export type RunEvent =
  | Attempt
  | Ack
  | Refused
  | Listens
  | Leaves
  | Delivery
  | Gap
  | Drained
  | ReadBack
  | Died
  | LinkChange
  | MemberNews
  | Census
  | Rights
  | Promised
  | CallSeen
  | Answered
  | Fault
  | Calm
  | Gauge;

/** As the recorder is given it: the recorder adds the time. */
export type Untimed<Event extends RunEvent = RunEvent> = Event extends RunEvent ? Omit<Event, "at"> : never;
