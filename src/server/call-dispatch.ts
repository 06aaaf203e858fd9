import { refuseConversation } from "../domain/conversation/rules.ts";
import { checkInput } from "../protocol/check-input.ts";
import { type WireError, wireError } from "../protocol/errors.ts";
import { type AnyOperation, OPERATION_BY_NAME, type OperationName } from "../protocol/operations/catalogue.ts";
import type { Operation } from "../protocol/operations/operation.ts";
import type { BroughtSettings } from "../protocol/settings.ts";
import { isRecord } from "../util/record.ts";
import { err, ok, type Result } from "../util/result.ts";
import type { Call, Caller } from "./trust.ts";

/** Who may stand at a door: besides users and servers, who reach objects, two that only the entry Worker answers. */
export type DoorCaller = Caller | { readonly kind: "operator" } | { readonly kind: "anyone" };

/** What the door knows besides caller and input. */
export interface CallFacts {
  readonly settings: BroughtSettings;
  readonly id?: number;
  readonly idempotencyKey?: string;
}

/** An operation that may run: known, allowed to this caller, its input in shape. */
export interface CheckedCall {
  readonly operation: Operation<OperationName>;
  readonly input: Record<string, unknown>;
}

/** Used by every door, REST and socket alike: finds the operation, asks whether the caller may, checks the input once. */
export function checkCall(op: string, rawInput: unknown, caller: DoorCaller): Result<CheckedCall, WireError> {
  const operation = operationNamed(op);
  if (operation === undefined) return err(wireError("unknown_operation"));
  if (!mayCall(operation, caller.kind)) return err(wireError("forbidden", { message: `${operation.name} is not for callers of kind ${caller.kind}` }));
  const checked = checkInput(operation.input, rawInput);
  if (!checked.ok) return checked;
  if (!isRecord(checked.value)) return err(wireError("bad_request", { field: "input" }));
  const input = { ...checked.value };
  const refusal = caller.kind === "user" ? speaksForItself(operation, input, caller.user) : namesUser(operation, input);
  if (refusal !== undefined) return err(refusal);
  const whole = caller.kind === "user" ? withSelf(operation, input, caller.user) : input;
  const nowhere = hasNoConversation(operation, whole);
  return nowhere === undefined ? ok({ operation, input: whole }) : err(nowhere);
}

function hasNoConversation({ runsAt }: Operation, input: Record<string, unknown>): WireError | undefined {
  return runsAt.place === "conversation" ? refuseConversation(runsAt.key(input), String(input.user)) : undefined;
}

/** The call as objects get it. */
export const callOf = ({ operation, input }: CheckedCall, caller: Caller, { settings, id, idempotencyKey }: CallFacts): Call => ({
  op: operation.name,
  input,
  caller,
  settings,
  ...(id === undefined ? {} : { id }),
  ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
});

export const operationNamed = (name: string): AnyOperation | undefined => OPERATION_BY_NAME.get(name);

export const mayCall = (operation: Pick<Operation, "callers">, kind: DoorCaller["kind"]): boolean =>
  operation.callers.includes("anyone") || operation.callers.includes(kind);

function speaksForItself(operation: Operation, input: Record<string, unknown>, user: string): WireError | undefined {
  // Not every `from` is a name: in history it is a time.
  if (typeof input.from === "string") return wireError("forbidden", { field: "from", message: "from: only servers speak in another's name" });
  if (operation.ownOnly && input.user !== undefined && input.user !== user) return wireError("forbidden", { field: "user", message: "user: only one's own" });
  return undefined;
}

/** A user that names nobody means itself. */
const withSelf = (operation: Operation, input: Record<string, unknown>, user: string): Record<string, unknown> =>
  (operation.runsAt.place === "user" && operation.runsAt.key(input) === undefined) || operation.runsAt.place === "conversation" ? { ...input, user } : input;

function namesUser({ runsAt }: Operation, input: Record<string, unknown>): WireError | undefined {
  const missing = (runsAt.place === "user" && runsAt.key(input) === undefined) || (runsAt.place === "conversation" && typeof input.user !== "string");
  return missing ? wireError("bad_request", { field: "user", message: "user: a server says whom it means" }) : undefined;
}
