import * as z from "zod";
import { CHAT_LIMITS } from "../chat-limits.ts";
import { userId } from "../ids.ts";
import { contact, contactReason, contactRemark, contactState } from "../messages/people.ts";
import { operation } from "./operation.ts";

/** Whose contacts; for servers. */
const whose = { user: userId.optional() };
const nothing = z.strictObject({});
const common = { ownOnly: true, rate: "write", idempotence: "idempotent", body: "json" } as const;
const atUser = { place: "user", key: (input: { user?: string | undefined }) => input.user } as const;

export const contactInvite = operation({
  ...common,
  name: "contact.invite",
  summary: "Asks another user to be a contact. If that one has asked before, both are contacts at once.",
  input: z.strictObject({ contact: userId, reason: contactReason.optional(), ...whose }),
  output: z.strictObject({ state: contactState }),
  callers: ["user", "server"],
  runsAt: atUser,
  rest: { method: "POST", path: "/users/:user/contacts/:contact/invite" },
});

export const contactAccept = operation({
  ...common,
  name: "contact.accept",
  summary: "Accepts an invitation: both are each other's contacts.",
  input: z.strictObject({ contact: userId, ...whose }),
  output: nothing,
  callers: ["user", "server"],
  runsAt: atUser,
  rest: { method: "POST", path: "/users/:user/contacts/:contact/accept" },
});

export const contactDecline = operation({
  ...common,
  name: "contact.decline",
  summary: "Declines an invitation; who has invited is told.",
  input: z.strictObject({ contact: userId, ...whose }),
  output: nothing,
  callers: ["user", "server"],
  runsAt: atUser,
  rest: { method: "POST", path: "/users/:user/contacts/:contact/decline" },
});

export const contactAdd = operation({
  ...common,
  name: "contact.add",
  summary: "Makes two users each other's contacts, without asking either.",
  input: z.strictObject({ contact: userId, user: userId }),
  output: nothing,
  callers: ["server"],
  runsAt: atUser,
  rest: { method: "PUT", path: "/users/:user/contacts/:contact" },
});

export const contactRemove = operation({
  ...common,
  name: "contact.remove",
  summary: "Ends it for both; also takes an invitation back. The conversation stays.",
  input: z.strictObject({ contact: userId, ...whose }),
  output: nothing,
  callers: ["user", "server"],
  runsAt: atUser,
  rest: { method: "DELETE", path: "/users/:user/contacts/:contact" },
});

export const contactRemarkSet = operation({
  ...common,
  name: "contact.remark",
  summary: "What a user calls a contact; seen by this user alone. An empty text removes it.",
  input: z.strictObject({ contact: userId, remark: contactRemark, ...whose }),
  output: nothing,
  callers: ["user", "server"],
  runsAt: atUser,
  rest: { method: "PUT", path: "/users/:user/contacts/:contact/remark" },
});

export const contactList = operation({
  ...common,
  rate: "read",
  idempotence: "safe",
  name: "contact.list",
  summary: "Contacts and invitations, by user id, page by page.",
  input: z.strictObject({
    /** Those behind this one. */
    after: userId.optional(),
    limit: z.int().min(1).max(CHAT_LIMITS.contactsPage).optional(),
    /** Only these. */
    state: contactState.optional(),
    ...whose,
  }),
  output: z.strictObject({ contacts: z.array(contact), more: z.boolean() }),
  callers: ["user", "server"],
  runsAt: atUser,
  rest: { method: "GET", path: "/users/:user/contacts" },
});
