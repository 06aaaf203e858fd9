import { namedBy } from "../../../domain/channel/named-by.ts";
import type { ChannelPorts } from "../../../domain/channel/ports.ts";
import { type FanOutPlan, NO_LEAVES } from "../../../domain/channel/relay-plan.ts";
import type { HubPorts } from "../../../domain/leaf/hub-ports.ts";
import type { Push } from "../../../domain/leaf/messages.ts";
import type { ChannelRef } from "../../../protocol/names.ts";
import type { Env } from "../../env.ts";
import { timeScale } from "../../time-scale.ts";
import { within } from "../../within.ts";
import { leafObject } from "../locate.ts";
import { randomHex } from "../shell/random-hex.ts";
import { fanOutLimits, WITHOUT_LEAVES } from "./fan-out.ts";
import type { ChannelSettings } from "./limits.ts";

const CALL_TIMEOUT_MS = 10_000;

export interface HubSurroundings {
  readonly ctx: DurableObjectState;
  readonly env: Env;
  readonly app: string;
  readonly ref: ChannelRef;
  readonly settings: () => ChannelSettings;
  readonly keepPlan: (plan: FanOutPlan) => void;
  readonly deadline: ChannelPorts["deadline"];
}

/** What a channel needs of the platform to grow beyond its object; undefined where it never does. */
export function hubPorts({ ctx, env, app, ref, settings, keepPlan, deadline }: HubSurroundings): HubPorts | undefined {
  const limits = fanOutLimits(env);
  const kept = ctx.storage.kv.get<FanOutPlan>("plan");
  // Who had leaves and may have none any more takes their members back.
  if (limits === undefined && kept === undefined) return undefined;
  const timeoutMs = CALL_TIMEOUT_MS * timeScale(env);
  const stubOf = (leaf: string) => leafObject(env, app, ref, leaf, { jurisdiction: ctx.id.jurisdiction });
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    call: (child, push) => within(timeoutMs, stubOf(child).push(push as Push<ChannelSettings>)),
    look: (leaf, look) => within(timeoutMs, stubOf(leaf).look(look)),
    background: (work) => ctx.waitUntil(work),
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    plan: () => kept ?? NO_LEAVES,
    keepPlan,
    settings,
    life: randomHex,
    // Of rooms servers hear nothing.
    limits: () => namedBy(limits ?? WITHOUT_LEAVES, settings().restEvents && ref.type !== "room"),
    deadline,
  };
}
