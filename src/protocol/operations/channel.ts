import * as z from "zod";
import { channel, epoch, follows, seq, timeMs, userId } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { gapReason, position } from "../messages/session.ts";
import { customType, payload } from "../payload.ts";
import { operation } from "./operation.ts";

export const channelJoin = operation({
  name: "channel.join",
  summary: "Admits to a channel: a ticket for a direct socket, or a place on the session socket.",
  input: z.strictObject({
    channel,
    via: z.enum(["direct", "session"]),
    /** For `session`: where the client stood, if it comes back. */
    position: position.optional(),
  }),
  output: z.discriminatedUnion("via", [
    z.strictObject({ via: z.literal("direct"), path: z.string(), ticket: z.string(), expiresAt: timeMs }),
    z.strictObject({
      via: z.literal("session"),
      stream: z.string(),
      epoch,
      seq,
      recovered: z.boolean().optional(),
      reason: gapReason.optional(),
      members: z.int(),
    }),
  ]),
  callers: ["user"],
  rate: "join",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "session" },
});

export const channelLeave = operation({
  name: "channel.leave",
  summary: "Leaves a channel on purpose: the others see it at once.",
  input: z.strictObject({ channel }),
  output: z.strictObject({}),
  callers: ["user"],
  rate: "join",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "session" },
});

export const channelPublish = operation({
  name: "channel.publish",
  summary: "Publishes to a channel; membership is not needed. On a direct socket the channel is implied and the echo is the answer.",
  input: z.strictObject({
    channel,
    data: payload,
    customType: customType.optional(),
    /** Keep it in the channel's history. */
    store: z.boolean().optional(),
    /** In whose name; for servers only. */
    from: userId.optional(),
    follows,
  }),
  output: z.strictObject({ epoch, seq: seq.optional(), ts: timeMs.optional(), duplicate: z.literal(true).optional() }),
  callers: ["user", "server"],
  rate: "message",
  idempotence: "client-id",
  body: "payload",
  runsAt: { place: "channel", key: (input) => input.channel },
  rest: { method: "POST", path: "/channels/:channel.type/:channel.name/messages" },
});

export const channelMembers = operation({
  name: "channel.members",
  summary: "A page of the channel's members, by user id.",
  input: z.strictObject({ channel, after: userId.optional(), limit: z.int().min(1).max(LIMITS.membersPerPage).optional() }),
  output: z.strictObject({ members: z.array(z.strictObject({ user: userId, joinedAt: timeMs })), next: userId.optional(), total: z.int() }),
  callers: ["user", "server"],
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "channel", key: (input) => input.channel },
  rest: { method: "GET", path: "/channels/:channel.type/:channel.name/members" },
});

export const channelMember = operation({
  name: "channel.member",
  summary: "Whether a user is a member of the channel now.",
  input: z.strictObject({ channel, user: userId }),
  output: z.strictObject({ member: z.boolean() }),
  callers: ["user", "server"],
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "channel", key: (input) => input.channel },
  rest: { method: "GET", path: "/channels/:channel.type/:channel.name/members/:user" },
});

export const channelMemberCount = operation({
  name: "channel.member-count",
  summary: "Member counts of up to 32 channels; 0 for one that does not exist.",
  input: z.strictObject({ channels: z.array(channel).min(1).max(LIMITS.memberCountChannels) }),
  output: z.strictObject({ counts: z.array(z.strictObject({ channel, count: z.int() })) }),
  callers: ["user", "server"],
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "channels", keys: (input) => input.channels, max: LIMITS.memberCountChannels },
  rest: { method: "POST", path: "/channels/member-count" },
});

const leafLoad = z.strictObject({ leaf: z.int(), sockets: z.int(), frames: z.int(), moves: z.int() });

export const channelLoad = operation({
  name: "channel.load",
  summary: "How a channel is spread over its objects, and what it has cost since its object started: for operators and benchmarks.",
  input: z.strictObject({ channel }),
  output: z.strictObject({
    /** Users, and sockets on its own object and on leaves. */
    members: z.int(),
    ownSockets: z.int(),
    sockets: z.int(),
    framesPerSecond: z.number(),
    plan: z.strictObject({ version: z.int(), leaves: z.int(), relays: z.int() }),
    counters: z.record(z.string(), z.number()),
    leaves: z.array(leafLoad),
  }),
  callers: ["server"],
  rate: "read",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "channel", key: (input) => input.channel },
  rest: { method: "GET", path: "/channels/:channel.type/:channel.name/load" },
});

/** How a channel's log is kept; state-like data (cursors, telemetry) may give up durability for rows. */
export const channelConfigure = operation({
  name: "channel.configure",
  summary: "Sets a channel's options.",
  input: z.strictObject({ channel, log: z.enum(["durable", "memory"]).optional() }),
  output: z.strictObject({ log: z.enum(["durable", "memory"]) }),
  callers: ["server"],
  rate: "admin",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "channel", key: (input) => input.channel },
  rest: { method: "PATCH", path: "/channels/:channel.type/:channel.name" },
});
