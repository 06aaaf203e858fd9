import { LIMITS } from "../../src/protocol/limits.ts";
import type { Invariant } from "./invariant.ts";
import { answeredWhileConnected } from "./invariants/answered-while-connected.ts";
import { answering } from "./invariants/answering.ts";
import { back } from "./invariants/back.ts";
import { calls } from "./invariants/calls.ts";
import { census } from "./invariants/census.ts";
import { channelLoss } from "./invariants/channel-loss.ts";
import { epochs } from "./invariants/epochs.ts";
import { gauges } from "./invariants/gauges.ts";
import { history } from "./invariants/history.ts";
import { invented } from "./invariants/invented.ts";
import { memberNews } from "./invariants/member-news.ts";
import { needlessGap } from "./invariants/needless-gap.ts";
import { oneMessage } from "./invariants/one-message.ts";
import { onePlace } from "./invariants/one-place.ts";
import { order } from "./invariants/order.ts";
import { outcomes } from "./invariants/outcomes.ts";
import { peerLoss } from "./invariants/peer-loss.ts";
import { readBack } from "./invariants/read-back.ts";
import { repeats } from "./invariants/repeats.ts";
import { rights } from "./invariants/rights.ts";
import { stream } from "./invariants/stream.ts";
import { swift } from "./invariants/swift.ts";

/** What a run's conditions make of the promises. */
export interface CheckOptions {
  /** A member who vanished leaves after this. */
  readonly leaseMs?: number | undefined;
  /** A channel without messages and members is forgotten after this, and begins anew; 0 where the service's clock jumps. */
  readonly forgottenMs?: number | undefined;
  /** Who comes back within it misses nothing, if it is little; 0 where the service's clock jumps. */
  readonly recoveryMs?: number | undefined;
  /** The most that may pass between a kill of the service and the next message somebody hears; absent: any time. */
  readonly killToDeliveryMs?: number | undefined;
}

/** All that must be true of every run. A new feature names its own here. */
export function invariants(options: CheckOptions = {}): Invariant[] {
  const { leaseMs = LIMITS.leaseMs, forgottenMs = LIMITS.channelEmptyMs, recoveryMs = LIMITS.recoveryMs, killToDeliveryMs } = options;
  return [
    channelLoss,
    peerLoss,
    history(forgottenMs),
    invented,
    repeats(forgottenMs),
    onePlace(forgottenMs),
    oneMessage,
    stream,
    order,
    readBack,
    outcomes,
    census,
    memberNews(leaseMs),
    calls,
    answering,
    rights,
    gauges,
    back,
    epochs(forgottenMs),
    needlessGap(recoveryMs),
    answeredWhileConnected,
    ...(killToDeliveryMs === undefined ? [] : [swift(killToDeliveryMs)]),
  ];
}
