import * as z from "zod";
import { CHAT_LIMITS } from "../chat-limits.ts";
import { userId } from "../ids.ts";
import { contact, contactReason, contactRemark, contactState } from "../messages/people.ts";
import { changeOwn, changeUser, readOwn } from "./chat-operation.ts";

const nothing = z.strictObject({});

export const contactInvite = changeOwn({
  name: "contact.invite",
  summary: "Asks another user to be a contact. If that one has asked before, both are contacts at once.",
  input: { contact: userId, reason: contactReason.optional() },
  output: z.strictObject({ state: contactState }),
  rest: { method: "POST", path: "/users/:user/contacts/:contact/invite" },
});

export const contactAccept = changeOwn({
  name: "contact.accept",
  summary: "Accepts an invitation: both are each other's contacts.",
  input: { contact: userId },
  output: nothing,
  rest: { method: "POST", path: "/users/:user/contacts/:contact/accept" },
});

export const contactDecline = changeOwn({
  name: "contact.decline",
  summary: "Declines an invitation; who has invited is told.",
  input: { contact: userId },
  output: nothing,
  rest: { method: "POST", path: "/users/:user/contacts/:contact/decline" },
});

export const contactAdd = changeUser({
  name: "contact.add",
  summary: "Makes two users each other's contacts, without asking either.",
  input: { contact: userId },
  output: nothing,
  rest: { method: "PUT", path: "/users/:user/contacts/:contact" },
});

export const contactRemove = changeOwn({
  name: "contact.remove",
  summary: "Ends it for both; also takes an invitation back. The conversation stays.",
  input: { contact: userId },
  output: nothing,
  rest: { method: "DELETE", path: "/users/:user/contacts/:contact" },
});

export const contactRemarkSet = changeOwn({
  name: "contact.remark",
  summary: "What a user calls a contact; seen by this user alone. An empty text removes it.",
  input: { contact: userId, remark: contactRemark },
  output: nothing,
  rest: { method: "PUT", path: "/users/:user/contacts/:contact/remark" },
});

export const contactList = readOwn({
  name: "contact.list",
  summary: "Contacts and invitations, by user id, page by page.",
  input: {
    /** Those behind this one. */
    after: userId.optional(),
    limit: z.int().min(1).max(CHAT_LIMITS.contactsPage).optional(),
    /** Only these. */
    state: contactState.optional(),
  },
  output: z.strictObject({ contacts: z.array(contact), more: z.boolean() }),
  rest: { method: "GET", path: "/users/:user/contacts" },
});
