import type { RateClass } from "./operation.ts";

/** A token bucket: `burst` calls at once, refilled at `burst` per `perMs`. */
export interface RateSize {
  readonly burst: number;
  readonly perMs: number;
}

/** For one user over one door. RTM 1.x: the limits of its SDK; where it has two, the wider. */
const USER_RATES: Readonly<Record<RateClass, RateSize>> = {
  /** 180 per 3 s, peer and channel messages together. */
  message: { burst: 180, perMs: 3_000 },
  /** 50 per 3 s. */
  join: { burst: 50, perMs: 3_000 },
  /** Attributes 40 per 5 s; member lists and status queries have less there. */
  read: { burst: 40, perMs: 5_000 },
  /** 10 per 5 s each for a user's and a channel's attributes. */
  write: { burst: 20, perMs: 5_000 },
  /** 10 per 5 s. */
  subscribe: { burst: 10, perMs: 5_000 },
  /** login and renewal: 2 per s each. */
  session: { burst: 4, perMs: 1_000 },
  /** No user calls these. */
  admin: { burst: 1, perMs: 1_000 },
  /** Files begun: each may keep 30 MB for a week. */
  upload: { burst: 30, perMs: 60_000 },
  /** Their parts, downloads, thumbnails: a page of a chat's history shows a hundred at once. */
  transfer: { burst: 200, perMs: 10_000 },
};

/** For all servers of one app together, in one isolate: an app speaks for many users, an object takes some 500 calls a second. */
const SERVER_RATES: Readonly<Record<RateClass, RateSize>> = {
  message: { burst: 1_000, perMs: 1_000 },
  join: { burst: 500, perMs: 1_000 },
  read: { burst: 1_000, perMs: 1_000 },
  write: { burst: 500, perMs: 1_000 },
  subscribe: { burst: 100, perMs: 1_000 },
  session: { burst: 500, perMs: 1_000 },
  admin: { burst: 50, perMs: 1_000 },
  upload: { burst: 100, perMs: 1_000 },
  transfer: { burst: 500, perMs: 1_000 },
};

/** Messages of one device over its sockets: the app's setting, three seconds' worth at once. */
export const messageRate = (perSecond: number): RateSize => ({ burst: perSecond * 3, perMs: 3_000 });

/** `anyone` shares the sizes of a server: all that is known of such a caller is the app it names. */
export const rateFor = (caller: "user" | "server" | "operator" | "anyone", rate: RateClass): RateSize => (caller === "user" ? USER_RATES : SERVER_RATES)[rate];
