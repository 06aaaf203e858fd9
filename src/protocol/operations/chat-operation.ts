import type * as z from "zod";
import type { ConversationRef } from "../conversation-name.ts";
import { userId } from "../ids.ts";
import { conversation } from "../messages/conversation.ts";
import { changesAt, maker, READS } from "./maker.ts";
import type { Operation } from "./operation.ts";

/** Who acts, or whose it is; for servers. */
const whose = { user: userId.optional() };
const inConversation = { conversation, ...whose };
const common = { callers: ["user", "server"], ownOnly: true, body: "json" } as const;

/** Where a user's own operation runs. */
const atUser = { place: "user", key: (input: object) => (input as { readonly user?: string }).user } as const;
const atConversation = { place: "conversation", key: (input: object) => (input as { readonly conversation: ConversationRef }).conversation } as const;

/** Paths of a conversation, as the acting user sees it. */
export const CONVERSATION = "/conversations/:conversation.type/:conversation.id";

/** Reads something of one conversation, for a member. */
export const readConversation = maker(inConversation, { ...common, ...READS, runsAt: atConversation });

/** Does something in one conversation, as a member. */
export const changeConversation = maker(inConversation, { ...common, ...changesAt("message"), runsAt: atConversation });

/** The same, by servers alone. */
export const importConversation = maker(inConversation, { ...common, ...changesAt("message"), callers: ["server"], runsAt: atConversation });

/** Reads something that the user's own object keeps. */
export const readOwn = maker(whose, { ...common, ...READS, runsAt: atUser });

/** Changes something that the user's own object keeps. */
export const changeOwn = maker(whose, { ...common, ...changesAt("write"), runsAt: atUser });

/** Does something to a user, by a server. */
export const changeUser = maker({ user: userId }, { ...common, ...changesAt("write"), callers: ["server"], runsAt: atUser });

/** The same, with something that fields have to be together. */
export const where = <Name extends string, Input extends z.ZodType, Output extends z.ZodType>(
  one: Operation<Name, Input, Output>,
  is: (input: z.infer<Input>) => boolean,
  error: string,
): Operation<Name, Input, Output> => ({ ...one, input: one.input.refine(is, { error }) });
