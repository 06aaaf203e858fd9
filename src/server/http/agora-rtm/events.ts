import type { RestEvent } from "../../../domain/events/event.ts";
import { wireError } from "../../../protocol/errors.ts";
import { err, ok } from "../../../util/result.ts";
import { readEvents } from "../../events/queue.ts";
import type { AgoraRequest, Answer, Fields } from "./door.ts";

/** Logins and logouts since the last read, at most 1,000; each read takes what it gives. */
export const userEvents = (request: AgoraRequest): Answer => read(request, "user");

/** Joins and leaves. */
export const channelEvents = (request: AgoraRequest): Answer => read(request, "channel");

async function read({ env, visitor: { app, caller } }: AgoraRequest, kind: RestEvent["kind"]): Answer {
  // They tell of everybody, and reading takes them from whoever else reads.
  if (caller.kind !== "server") return err(wireError("forbidden", { message: "events are for servers" }));
  const events = await readEvents(env, app.id, kind, { jurisdiction: app.jurisdiction });
  return events.ok ? ok({ events: events.value.map(rtmEvent) }) : events;
}

/** `channel_id` and `ts` are what older documents call `group_id` and `ms`. */
const rtmEvent = (event: RestEvent): Fields => ({
  ...(event.kind === "channel" ? { group_id: event.channel, channel_id: event.channel } : {}),
  user_id: event.user,
  type: event.type,
  ms: event.at,
  ts: event.at,
});
