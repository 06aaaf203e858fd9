import { type WireError, wireError } from "../../../protocol/errors.ts";
import type { AnyOperation, InputOf, OperationName } from "../../../protocol/operations/catalogue.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import type { Call, CallReply } from "../../trust.ts";
import type { Desks } from "./desks.ts";
import { sendFromServer } from "./server-send.ts";

type UserOperation = Extract<AnyOperation, { runsAt: { place: "user" | "users" } }>["name"] & OperationName;
type Answer = Result<Record<string, unknown>, WireError>;
type Handlers = { readonly [Name in UserOperation]: (desks: Desks, input: InputOf<Name>, call: Call) => Answer | Promise<Answer> };

const handlers: Handlers = {
  "peer.send": (desks, input, call) => sendFromServer(desks, input, call),
  "presence.query": ({ home, presence }) => ok({ users: [{ user: home.user, state: presence.state() }] }),
  "user-attributes.set": ({ attributes }, input) => attributes.change({ kind: "set", attributes: input.attributes }),
  "user-attributes.update": ({ attributes }, input) => attributes.change({ kind: "update", attributes: input.attributes }),
  "user-attributes.remove": ({ attributes }, input) => attributes.change({ kind: "remove", keys: input.keys }),
  "user-attributes.clear": ({ attributes }) => attributes.change({ kind: "clear" }),
  "user-attributes.get": ({ attributes }, input) => ok({ attributes: attributes.get(input.keys) }),
  "user.devices": (desks) => ok({ devices: devicesOf(desks) }),
  "user.kick": async ({ sessions }, input) => ok({ closed: await sessions.kick(input.device) }),
  "user.history": () => err(wireError("unavailable", { message: "user.history: no history here yet" })),
};

/** Operations at this user's object, whoever asks. The door has checked the input against the schema of `call.op`. */
export async function answerUserCall(desks: Desks, call: Call): Promise<CallReply> {
  desks.home.settings = call.settings;
  if (!isUserOperation(call.op)) return { error: wireError("unknown_operation") };
  const refusal = onlyOwnWrites(desks, call);
  if (refusal !== undefined) return { error: refusal };
  const handler = handlers[call.op] as (desks: Desks, input: unknown, call: Call) => Answer | Promise<Answer>;
  const answer = await handler(desks, call.input, call);
  return answer.ok ? { ok: answer.value } : { error: answer.error };
}

const isUserOperation = (op: OperationName): op is UserOperation => Object.hasOwn(handlers, op);

/** Whatever the door says: nobody writes another user's attributes, lists its devices or reads its history. */
function onlyOwnWrites({ home }: Desks, { op, caller }: Call): WireError | undefined {
  if (caller.kind === "server" || caller.user === home.user || FOR_EVERYBODY.has(op)) return undefined;
  return wireError("forbidden", { field: "user" });
}

const FOR_EVERYBODY: ReadonlySet<OperationName> = new Set(["peer.send", "presence.query", "user-attributes.get"]);

function devicesOf({ home, peers }: Desks) {
  const connected = home.sessions.connected();
  return home.devices.all().map(({ device, kind, seenAt }) => {
    const socket = home.sessions.socket(device);
    const lastSeen = socket === undefined ? seenAt : home.sessions.heardAt(socket);
    return { device, kind, connected: connected.has(device), lastSeen, waiting: peers.inbox.waiting(device) };
  });
}
