import { LIMITS } from "../../protocol/limits.ts";
import type { DeviceId } from "../../protocol/names.ts";
import type { AppSettings } from "../../protocol/settings.ts";

/** A registered device of a user. */
export interface Device {
  readonly device: DeviceId;
  readonly kind: string;
  readonly instance: string;
  readonly generation: number;
  readonly connected: boolean;
  /** While connected: since when. Absent: when it was last there. */
  readonly seenAt: number;
}

export interface Login {
  readonly device: DeviceId;
  readonly kind: string;
  readonly instance: string;
}

/** What a login does to the devices that are there. */
export interface Admission {
  /** The same instance comes back and keeps its generation. */
  readonly returning: boolean;
  /** Gone for good, their sockets closed as replaced: the device policy, or no room. */
  readonly replaced: readonly DeviceId[];
  /** Absent for too long. */
  readonly forgotten: readonly DeviceId[];
}

export function admit(devices: readonly Device[], login: Login, policy: AppSettings["devicePolicy"], now: number): Admission {
  const same = devices.find(({ device }) => device === login.device);
  const others = devices.filter(({ device }) => device !== login.device);
  const forgotten = others.filter((device) => isForgotten(device, now));
  const rivals = others.filter((device) => !forgotten.includes(device) && isRival(device, login, policy));
  const rest = others.filter((device) => !forgotten.includes(device) && !rivals.includes(device));
  const surplus = rest.toSorted(longestAbsentFirst).slice(0, Math.max(0, rest.length + 1 - LIMITS.devicesPerUser));
  return {
    returning: same?.instance === login.instance,
    replaced: [...rivals, ...surplus].map(({ device }) => device),
    forgotten: forgotten.map(({ device }) => device),
  };
}

export const isForgotten = ({ connected, seenAt }: Device, now: number): boolean => !connected && now - seenAt >= LIMITS.deviceForgottenMs;

/** RTM 1.x: the newest login of a user wins; other policies let devices live side by side. */
function isRival({ kind }: Device, login: Login, policy: AppSettings["devicePolicy"]): boolean {
  return policy === "newest" || (policy === "newest-per-kind" && kind === login.kind);
}

const longestAbsentFirst = (a: Device, b: Device): number => Number(a.connected) - Number(b.connected) || a.seenAt - b.seenAt;
