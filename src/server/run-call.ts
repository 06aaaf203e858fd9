import { conversationName } from "../protocol/conversation-name.ts";
import { wireError } from "../protocol/errors.ts";
import type { ChannelRef, UserId } from "../protocol/names.ts";
import { askObject } from "./ask-object.ts";
import type { CheckedCall } from "./call-dispatch.ts";
import type { Env } from "./env.ts";
import { callObject, channelObject, conversationObject, directoryObject, userObject, type Where } from "./objects/locate.ts";
import { spread } from "./spread.ts";
import { runDatabaseOperation } from "./storage/group-list.ts";
import type { Call, CallReply } from "./trust.ts";

/** Takes a checked call to where its operation runs. What runs in the Worker itself is the door's own business. */
export async function runCall(env: Env, { operation, input }: CheckedCall, call: Call, where: Where): Promise<CallReply> {
  const { runsAt } = operation;
  const mayRepeat = operation.idempotence !== "client-id" || call.id !== undefined || call.idempotencyKey !== undefined;
  const atUser = (user: UserId, part: Call) => askObject(env, () => userObject(env, call.caller.app, user, where), part, mayRepeat);
  const atChannel = (channel: ChannelRef, part: Call) => askObject(env, () => channelObject(env, call.caller.app, channel, where), part, mayRepeat);
  switch (runsAt.place) {
    case "user": {
      const user = runsAt.key(input);
      return user === undefined ? { error: wireError("bad_request", { field: "user" }) } : atUser(user, call);
    }
    case "channel":
      return atChannel(runsAt.key(input), call);
    case "users":
      return spread(call, runsAt.keys(input), atUser);
    case "channels":
      return spread(call, runsAt.keys(input), atChannel);
    case "session":
      return { error: wireError("forbidden", { message: `${operation.name} needs a live session socket` }) };
    case "call":
      return askObject(env, () => callObject(env, call.caller.app, runsAt.key(input), where), call, mayRepeat);
    case "conversation": {
      // By way of the user's own object, as from a device: it knows whom the user may write to, and tells its devices.
      if (call.caller.kind === "user") return atUser(call.caller.user, call);
      const name = conversationName(runsAt.key(input), String(input.user));
      return askObject(env, () => conversationObject(env, call.caller.app, name, where), call, mayRepeat);
    }
    case "group": {
      if (call.caller.kind === "user") return atUser(call.caller.user, call);
      const name = conversationName({ type: "group", id: runsAt.key(input) }, "");
      return askObject(env, () => conversationObject(env, call.caller.app, name, where), call, mayRepeat);
    }
    case "directory":
      return askObject(env, () => directoryObject(env, call.caller.app, where), call, mayRepeat);
    case "database":
      return runDatabaseOperation(env.DB, call);
    case "worker":
      return { error: wireError("unknown_operation") };
  }
}
