import type { Violation } from "../../../prove/check/invariant.ts";
import { leafOf } from "../../../src/domain/channel/relay-plan.ts";
import { isRecord } from "../../../src/util/record.ts";
import type { Platform } from "../platform/platform.ts";
import type { Scheduler } from "../platform/scheduler.ts";
import { ask } from "./aftermath.ts";
import type { Device } from "./device.ts";

/** Text bindings that make a handful of members too many for one object, and for one leaf. */
export function drawSpread(scheduler: Scheduler, counted: boolean): Readonly<Record<string, string>> {
  const draw = scheduler.stream("spread");
  return {
    WIGWAG_CHANNEL_HUB_MEMBERS: String(1 + Math.floor(3 * draw())),
    WIGWAG_CHANNEL_LEAF_MEMBERS: String(1 + Math.floor(2 * draw())),
    WIGWAG_CHANNEL_LEAVES_WITHOUT_RELAYS: draw() < 0.4 ? "1" : "64",
    WIGWAG_CHANNEL_SHRINK_AFTER_MS: String(300 + Math.floor(4_000 * draw())),
    ...(counted && { WIGWAG_CHANNEL_COUNTED_MEMBERS: String(1 + Math.floor(4 * draw())) }),
  };
}

/** When all is quiet, everybody is where the plan has them, and nobody else is anywhere. */
export async function misplaced(platform: Platform, channels: readonly string[], devices: readonly Device[]): Promise<Violation[]> {
  const found: Violation[] = [];
  for (const name of channels) {
    const { plan, members } = await ask(platform, "GET", `/channels/message/${name}/load`);
    const leaves = isRecord(plan) && typeof plan.leaves === "number" ? plan.leaves : 0;
    const there = devices.filter((device) => device.isConnected && device.channels.get(name)?.state === "joined");
    // Nobody learns of silence in a channel of one, so nobody watches for it.
    if (members === 1 && there.length === 0) continue;
    const due = new Map<string, number>();
    for (const device of there) {
      if (device.riding) continue;
      const place = placeOf(name, leafOf(device.user, leaves));
      due.set(place, (due.get(place) ?? 0) + 1);
    }
    for (const host of platform.hosts) {
      const place = host.name.slice(host.name.indexOf(":") + 1);
      if (!isPlaceOf(name, place) || host.openSockets === (due.get(place) ?? 0)) continue;
      found.push({ rule: "EL1", what: `${place} has ${host.openSockets} sockets and should have ${due.get(place) ?? 0}: the channel has ${leaves} leaves` });
    }
  }
  return found;
}

const placeOf = (channel: string, leaf: number): string => (leaf < 0 ? `channel:message:${channel}` : `leaf:message:${leaf}:${channel}`);

/** The channel's own object, or one of its leaves or relays. */
export const isPlaceOf = (channel: string, place: string): boolean =>
  place === `channel:message:${channel}` || (place.startsWith("leaf:message:") && place.endsWith(`:${channel}`));
