import type { ChannelLimits } from "../../../domain/channel/ports.ts";
import { LIMITS, TIMINGS } from "../../../protocol/limits.ts";
import type { ChannelType } from "../../../protocol/names.ts";
import { ROOM_LIMITS } from "../../../protocol/room-limits.ts";
import { type AppSettings, DEFAULT_SETTINGS } from "../../../protocol/settings.ts";

const NAMES = [
  "recoveryMs",
  "recoveryMessages",
  "history",
  "messagesPerSecond",
  "restEvents",
  "chatRecallMs",
  "chatEditMs",
  "chatMessageBytes",
  "messageHookUrl",
  "messageHookSecret",
  "messageHookTimeoutMs",
  "messageHookFailure",
] as const;

/** What of an app's settings a channel needs, and keeps: it may wake without anybody to tell it. */
export type ChannelSettings = Pick<AppSettings, (typeof NAMES)[number]>;

/** Those that an earlier version kept may lack what came later. */
export const channelSettings = (settings: Partial<ChannelSettings>): ChannelSettings =>
  Object.fromEntries(NAMES.map((name) => [name, settings[name] ?? DEFAULT_SETTINGS[name]])) as ChannelSettings;

/** `scale` shortens the product's time-outs in tests. */
export const channelLimits = (settings: ChannelSettings, scale: number, type: ChannelType = "message"): ChannelLimits => ({
  recoveryMs: settings.recoveryMs * scale,
  recoveryMessages: settings.recoveryMessages,
  history: settings.history,
  reported: settings.restEvents,
  leaseMs: (type === "room" ? ROOM_LIMITS.roomAbsenceMs : LIMITS.leaseMs) * scale,
  emptyMs: LIMITS.channelEmptyMs * scale,
  exportDelayMs: TIMINGS.exportDelayMs * scale,
});
