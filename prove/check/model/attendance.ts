import type { DeviceName, LinkChange, RunEvent, Target } from "../../record/event.ts";
import { entry } from "./entry.ts";

/** A user in a channel, with any of its devices. */
interface Attendee {
  /** Of devices that follow the channel: whether their way to it stands. */
  readonly devices: Map<DeviceName, boolean>;
  since: number;
  /** From when to when no way stood; the last may be open. */
  readonly away: { readonly from: number; to: number }[];
}

export interface Span {
  readonly from: number;
  readonly to: number;
  /** It has been in since then at the latest. */
  readonly since: number;
  /** Shorter absences do not count. */
  readonly awayMs: number;
}

/** Where each user's devices are, as they know it themselves. */
export class Attendance {
  readonly #attendees = new Map<Target, Map<string, Attendee>>();

  see(event: RunEvent): void {
    switch (event.is) {
      case "listens":
        return this.#set(event.target, event.device, true, event.at);
      case "leaves":
        return this.#leave(event.target, event.device);
      case "died":
        for (const target of this.#attendees.keys()) this.#leave(target, event.device);
        return;
      case "link":
        return this.#link(event);
    }
  }

  /** Whether the user was in the channel throughout, but for absences that nobody is to notice. */
  steady(target: Target, user: string, { from, to, since, awayMs }: Span): boolean {
    const attendee = this.#attendees.get(target)?.get(user);
    if (attendee === undefined || attendee.devices.size === 0 || attendee.since > since) return false;
    return !attendee.away.some((gap) => gap.to > from && Math.min(gap.to, to) - gap.from >= awayMs);
  }

  #link({ device, target, state, at }: LinkChange): void {
    if (target !== undefined) return this.#follows(target, device) ? this.#set(target, device, state === "connected", at) : undefined;
    if (state !== "closed") return;
    for (const each of this.#attendees.keys()) this.#leave(each, device);
  }

  /** Who is about to leave is not in again because its way is lost, or stands, meanwhile. */
  #follows(target: Target, device: DeviceName): boolean {
    return this.#attendees.get(target)?.get(userOf(device))?.devices.has(device) === true;
  }

  #set(target: Target, device: DeviceName, up: boolean, at: number): void {
    const users = entry(this.#attendees, target, () => new Map<string, Attendee>());
    const attendee = entry(users, userOf(device), (): Attendee => ({ devices: new Map(), since: at, away: [] }));
    if (attendee.devices.size === 0) attendee.since = at;
    attendee.devices.set(device, up);
    const isUp = [...attendee.devices.values()].includes(true);
    const open = attendee.away.at(-1);
    if (!isUp && open?.to !== Number.POSITIVE_INFINITY) attendee.away.push({ from: at, to: Number.POSITIVE_INFINITY });
    if (isUp && open?.to === Number.POSITIVE_INFINITY) open.to = at;
  }

  /** On purpose: it is gone at once, and what is said of it now is true. */
  #leave(target: Target, device: DeviceName): void {
    const attendee = this.#attendees.get(target)?.get(userOf(device));
    if (attendee?.devices.delete(device) !== true) return;
    const open = attendee.away.at(-1);
    if (attendee.devices.size === 0 && open !== undefined) attendee.away.length = 0;
  }
}

export const userOf = (device: DeviceName): string => device.slice(0, device.indexOf("/"));
