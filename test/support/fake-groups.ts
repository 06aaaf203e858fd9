import type { Passing } from "../../src/protocol/messages/conversation.ts";
import type { GroupEvent } from "../../src/protocol/messages/group.ts";
import { OPERATION_BY_NAME } from "../../src/protocol/operations/catalogue.ts";
import { must } from "../../src/util/assert.ts";
import { FakeChatClient } from "./fake-chat-client.ts";

const details = { name: "Birds", announcement: "", allMuted: false };
export const asMember = { details, members: 3, owner: "ann", role: "member", muted: false, allowed: false };

/** A client whose service has groups, and refuses input that is not in shape. */
export class FakeGroups extends FakeChatClient {
  groups: Record<string, object> = { birds: asMember };
  members = ["ann", "bob", "cho"];
  invitations: { group: string; by: string; reason: string; at: number }[] = [];
  /** What operations answer that have no answer of their own here. */
  answers: Record<string, (input: Record<string, unknown>) => object> = {};

  constructor() {
    super("bob");
  }

  /** As members hear it. */
  passes(event: GroupEvent, group = "birds"): void {
    this.tells([{ kind: "group", event }], group);
  }

  /** Items that pass in a group. */
  tells(passing: readonly Passing[], group = "birds"): void {
    const nothing = { after: 0, upTo: 0, records: [], receipts: [], cleared: 0, unread: 0, number: 1 };
    this.say("notice", { name: "conversation.news", conversation: { type: "group", id: group }, ...nothing, passing });
  }

  /** As others do. */
  words(event: GroupEvent, group = "birds"): void {
    this.#forgetInvitation(event.kind === "invited" && event.user !== "bob" ? "" : group);
    if (event.kind === "invited" && event.user === "bob") this.invitations = [{ group, by: event.by, reason: event.reason, at: 1 }, ...this.invitations];
    this.say("notice", { name: "group.word", group, event });
  }

  #forgetInvitation(group: string): void {
    this.invitations = this.invitations.filter((one) => one.group !== group);
  }

  protected override answer(op: string, input: Record<string, unknown>): object {
    must(OPERATION_BY_NAME.get(op), op).input.parse(input);
    this.asked.push([op, input]);
    const own = this.answers[op];
    if (own !== undefined) return own(input);
    if (op === "conversation.list") return { entries: [], revision: 0, more: false, behind: [] };
    if (op === "group.get") {
      const known = this.groups[String(input.group)];
      if (known === undefined) throw Object.assign(new Error("there is no such group"), { code: "not_found", retry: "never" });
      return known;
    }
    if (op === "group.members") {
      const rest = this.members.filter((user) => user > String(input.after ?? "")).slice(0, 2);
      const last = rest.at(-1);
      return { members: rest.map((user) => ({ user, role: "member", joinedAt: 1 })), ...(last !== this.members.at(-1) && { next: last }) };
    }
    if (op === "group.answer") this.#forgetInvitation(String(input.group));
    if (op === "group.invitations") return { invitations: this.invitations };
    if (op === "groups.public") return { groups: [], next: "b" };
    if (op === "group.apply") return { state: "applied" };
    return { failed: [] };
  }
}
