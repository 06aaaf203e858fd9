import { LIMITS } from "../protocol/limits.ts";

export interface DeviceClaim {
  readonly device: string;
  /** Gives the name back to the next tab. */
  release(): void;
}

const STORAGE_KEY = "wigwag:device";
const nothing = () => {};

/**
 * A name for this device that survives restarts. Browsers keep one per origin and number the tabs, each tab holding its
 * number by a lock. Elsewhere it is `default`: two processes of one user have to choose different names, since the newest
 * login of a device replaces the older.
 */
export async function claimDevice(app: string, user: string, uniqueId: () => string): Promise<DeviceClaim> {
  if (typeof document === "undefined") return { device: "default", release: nothing };
  const base = storedBase(uniqueId);
  const locks = typeof navigator === "undefined" ? undefined : navigator.locks;
  if (base !== undefined && locks !== undefined) {
    for (let slot = 1; slot <= LIMITS.devicesPerUser; slot++) {
      const device = slot === 1 ? base : `${base}~${slot}`;
      const release = await tryLock(locks, `wigwag:${app}:${user}:${device}`);
      if (release !== undefined) return { device, release };
    }
  }
  return { device: uniqueId(), release: nothing };
}

/** Undefined where storage is forbidden. */
function storedBase(uniqueId: () => string): string | undefined {
  try {
    const known = localStorage.getItem(STORAGE_KEY);
    if (known !== null && /^[A-Za-z0-9_-]{1,32}$/.test(known)) return known;
    const fresh = uniqueId();
    localStorage.setItem(STORAGE_KEY, fresh);
    return fresh;
  } catch {
    return undefined;
  }
}

/** The lock is held until the returned function is called, or the page goes. */
function tryLock(locks: LockManager, name: string): Promise<(() => void) | undefined> {
  return new Promise((resolve) => {
    locks
      .request(name, { ifAvailable: true }, (lock) => {
        if (lock === null) return resolve(undefined);
        return new Promise<void>((release) => resolve(() => release()));
      })
      .catch(() => resolve(undefined));
  });
}
