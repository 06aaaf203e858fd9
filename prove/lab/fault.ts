import type { Mark } from "../builds/marks.ts";
import type { Fault, Untimed } from "../record/event.ts";
import type { ProxyConditions } from "./conditions.ts";

/** Something the lab can do to the service, its clients or the way between them. One file each in `prove/lab/faults`. */
export interface FaultKind {
  readonly name: string;
  /** It may last a minute and leaves most devices alone: the next round does not wait for it. */
  readonly isBeside?: true;
  /** Why it cannot be done here; undefined where it can. */
  readonly missing?: () => Promise<string | undefined>;
  /** Does it, and undoes it: resolves when it is over. `random` is the nemesis's own, so that a seed gives the same faults. */
  inflict(lab: Lab, random: () => number): Promise<void>;
}

/** What a fault may take hold of. */
export interface Lab {
  readonly server: LabServer;
  /** The way from the clients to the server. */
  readonly proxy: LabProxy;
  readonly clients: readonly LabProcess[];
  /** What longest times are multiplied with: short profiles have short faults. */
  readonly timeScale: number;
  /** Ms on the run's clock. */
  now(): number;
  /** Notes what is done, at the moment it is done. */
  fault(fault: Omit<Untimed<Fault>, "is">): void;
  pause(ms: number): Promise<void>;
}

export interface LabServer {
  readonly url: string;
  readonly pid: number;
  /** SIGKILL of the process group, and a start on the same storage: with another build, if there is one. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Nobody else who asks for this kills or starts it meanwhile. */
  alone<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Whether it has the lab's door: without it `reach`, `forget` and `rebuild` do nothing. */
  readonly isTestBuild: boolean;
  /** Holds the whole service where a mark stands, the `nth` time it is passed. False where it was not within the time. */
  reach(mark: Mark["name"], nth: number, withinMs: number): Promise<boolean>;
  /** All objects lose their memory, their sockets with it (`abort`) or not (`hibernate`). False where they could not. */
  forget(how: "abort" | "hibernate"): Promise<boolean>;
  /** The object of whichever channel commits next dies alone, before anybody is told. False where there is no door. */
  endChannel(): Promise<boolean>;
  /** Whether history leaves the objects. */
  readonly hasDatabase: boolean;
  /** The database refuses everything, until it is told not to. False where there is none, or no door. */
  refuseDatabase(refuses: boolean): Promise<boolean>;
  /** Makes another build of the same sources, for the next start. */
  rebuild(): Promise<void>;
}

export interface LabProxy {
  readonly url: string;
  /** From now on, for new and established connections. */
  set(conditions: ProxyConditions): void;
  /** Ends established connections. */
  cut(how: "reset" | "end"): void;
}

/** A process with several clients of the real SDK. */
export interface LabProcess {
  readonly name: string;
  readonly pid: number;
  /** SIGKILL, and a start anew: the same devices log in again. */
  kill(): Promise<void>;
  restart(): Promise<void>;
}
