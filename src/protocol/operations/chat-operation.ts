import * as z from "zod";
import type { ConversationRef } from "../conversation-name.ts";
import { userId } from "../ids.ts";
import { conversation } from "../messages/conversation.ts";
import { type Operation, operation, type RateClass } from "./operation.ts";

/** Who acts, or whose it is; for servers. */
const whose = { user: userId.optional() };
type OnUser<Fields extends z.ZodRawShape> = z.ZodObject<Fields & typeof whose, z.core.$strict>;
type OnConversation<Fields extends z.ZodRawShape> = OnUser<{ conversation: typeof conversation } & Fields>;

interface ChatOperation<Name extends string, Fields extends z.ZodRawShape, Output extends z.ZodType> {
  readonly name: Name;
  readonly summary: string;
  /** What the input has beside whose it is. */
  readonly input: Fields;
  readonly output: Output;
  readonly rest: NonNullable<Operation["rest"]>;
  readonly rate?: RateClass;
  readonly idempotence?: Operation["idempotence"];
}

const reads = { rate: "read", idempotence: "safe" } as const;
const changes = (rate: RateClass) => ({ rate, idempotence: "idempotent" }) as const;
const common = { callers: ["user", "server"], ownOnly: true, body: "json" } as const;

/** Where a user's own operation runs. */
const atUser = { place: "user", key: (input: object) => (input as { readonly user?: string }).user } as const;
const atConversation = { place: "conversation", key: (input: object) => (input as { readonly conversation: ConversationRef }).conversation } as const;

/** Paths of a conversation, as the acting user sees it. */
export const CONVERSATION = "/conversations/:conversation.type/:conversation.id";

/** Reads something of one conversation, for a member. */
export const readConversation = <Name extends string, Fields extends z.ZodRawShape, Output extends z.ZodType>(
  what: ChatOperation<Name, Fields, Output>,
): Operation<Name, OnConversation<Fields>, Output> => operation({ ...common, ...reads, ...what, input: onConversation(what.input), runsAt: atConversation });

/** Does something in one conversation, as a member. */
export const changeConversation = <Name extends string, Fields extends z.ZodRawShape, Output extends z.ZodType>(
  what: ChatOperation<Name, Fields, Output>,
): Operation<Name, OnConversation<Fields>, Output> =>
  operation({ ...common, ...changes("message"), ...what, input: onConversation(what.input), runsAt: atConversation });

/** The same, by servers alone. */
export const importConversation = <Name extends string, Fields extends z.ZodRawShape, Output extends z.ZodType>(
  what: ChatOperation<Name, Fields, Output>,
): Operation<Name, OnConversation<Fields>, Output> =>
  operation({ ...common, ...changes("message"), ...what, callers: ["server"], input: onConversation(what.input), runsAt: atConversation });

/** Reads something that the user's own object keeps. */
export const readOwn = <Name extends string, Fields extends z.ZodRawShape, Output extends z.ZodType>(
  what: ChatOperation<Name, Fields, Output>,
): Operation<Name, OnUser<Fields>, Output> => operation({ ...common, ...reads, ...what, input: onUser(what.input), runsAt: atUser });

/** Changes something that the user's own object keeps. */
export const changeOwn = <Name extends string, Fields extends z.ZodRawShape, Output extends z.ZodType>(
  what: ChatOperation<Name, Fields, Output>,
): Operation<Name, OnUser<Fields>, Output> => operation({ ...common, ...changes("write"), ...what, input: onUser(what.input), runsAt: atUser });

/** Does something to a user, by a server. */
export const changeUser = <Name extends string, Fields extends z.ZodRawShape, Output extends z.ZodType>(
  what: ChatOperation<Name, Fields, Output>,
): Operation<Name, z.ZodObject<Fields & { user: typeof userId }, z.core.$strict>, Output> =>
  operation({
    ...common,
    ...changes("write"),
    ...what,
    callers: ["server"],
    input: z.strictObject({ ...what.input, user: userId }) as unknown as z.ZodObject<Fields & { user: typeof userId }, z.core.$strict>,
    runsAt: atUser,
  });

/** The same, with something that fields have to be together. */
export const where = <Name extends string, Input extends z.ZodType, Output extends z.ZodType>(
  one: Operation<Name, Input, Output>,
  is: (input: z.infer<Input>) => boolean,
  error: string,
): Operation<Name, Input, Output> => ({ ...one, input: one.input.refine(is, { error }) });

const onUser = <Fields extends z.ZodRawShape>(fields: Fields): OnUser<Fields> => z.strictObject({ ...fields, ...whose }) as OnUser<Fields>;
const onConversation = <Fields extends z.ZodRawShape>(fields: Fields): OnConversation<Fields> =>
  z.strictObject({ conversation, ...fields, ...whose }) as OnConversation<Fields>;
