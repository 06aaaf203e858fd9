import { env } from "cloudflare:workers";
import { type FanOutPlan, HUB, leafOf, NO_LEAVES } from "../../src/domain/channel/relay-plan.ts";
import type { ChannelRef } from "../../src/protocol/names.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import { planOf } from "../../src/server/objects/channel/fan-out.ts";
import { channelName, leafName } from "../../src/server/objects/locate.ts";
import { type ChannelTrust, TRUST_HEADER } from "../../src/server/trust.ts";
import { must } from "../../src/util/assert.ts";
import { APP, Device } from "./device.ts";

/** As the configuration of these tests has it: one more, and a channel has leaves. */
export const HUB_MEMBERS = 30;

export interface Placed {
  readonly device: Device;
  /** Undefined: it sits on the hub. */
  readonly leaf: number | undefined;
  /** By which it came there. */
  readonly plan: FanOutPlan;
}

/** A member over a direct socket: where the plan has it that is known, or to the channel's object, and on to where it is sent, as the entry Worker goes. */
export async function placed(channel: ChannelRef, user: string, more: Partial<ChannelTrust> = {}, known = NO_LEAVES): Promise<Placed> {
  const trust: ChannelTrust = {
    app: APP,
    user,
    device: "d",
    generation: 1,
    channel,
    read: true,
    write: true,
    keepAliveMs: 30_000,
    settings: DEFAULT_SETTINGS,
    ...more,
  };
  for (let plan: FanOutPlan = known; ; ) {
    const place = leafOf(user, plan.leaves);
    const leaf = place === HUB ? undefined : place;
    const headers = { upgrade: "websocket", [TRUST_HEADER]: encodeURIComponent(JSON.stringify({ ...trust, placedBy: plan.version })) };
    const object = leaf === undefined ? env.CHANNEL.getByName(channelName(APP, channel)) : env.LEAF.getByName(leafName(APP, channel, String(leaf)));
    const response = await object.fetch("https://object/channel", { headers });
    const other = planOf(response);
    if (other === undefined) return { device: new Device(must(response.webSocket, `a socket, not ${response.status}`)), leaf, plan };
    plan = other;
  }
}
