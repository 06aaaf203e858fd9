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
  /** 50 per 3 s, and as many times leaving. */
  join: { burst: 100, perMs: 3_000 },
  /** All that one client may ask there in 5 s: attributes of users 40 and of channels 10, status 10 and subscriptions 10, member lists 13, counts 5. */
  read: { burst: 100, perMs: 5_000 },
  /** 10 per 5 s each for a user's and a channel's attributes. */
  write: { burst: 20, perMs: 5_000 },
  /** RTM 2.x: 10 per s, 20 at once; reads and writes together. */
  metadata: { burst: 20, perMs: 2_000 },
  /** 10 per 5 s each for coming and going. */
  subscribe: { burst: 20, perMs: 5_000 },
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
  metadata: { burst: 500, perMs: 1_000 },
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
