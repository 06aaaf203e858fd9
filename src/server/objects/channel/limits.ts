import type { ChannelLimits } from "../../../domain/channel/channel.ts";
import { LIMITS, TIMINGS } from "../../../protocol/limits.ts";
import type { AppSettings } from "../../../protocol/settings.ts";

/** What of an app's settings a channel needs, and keeps: it may wake without anybody to tell it. */
export type ChannelSettings = Pick<AppSettings, "recoveryMs" | "recoveryMessages" | "history" | "messagesPerSecond" | "restEvents">;

export const channelSettings = ({ recoveryMs, recoveryMessages, history, messagesPerSecond, restEvents }: ChannelSettings): ChannelSettings => ({
  recoveryMs,
  recoveryMessages,
  history,
  messagesPerSecond,
  restEvents,
});

/** `scale` shortens the product's time-outs in tests. */
export const channelLimits = (settings: ChannelSettings, scale: number): ChannelLimits => ({
  recoveryMs: settings.recoveryMs * scale,
  recoveryMessages: settings.recoveryMessages,
  history: settings.history,
  reported: settings.restEvents,
  leaseMs: LIMITS.leaseMs * scale,
  emptyMs: LIMITS.channelEmptyMs * scale,
  exportDelayMs: TIMINGS.exportDelayMs * scale,
});
