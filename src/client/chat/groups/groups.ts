import type { ConversationRef } from "../../../protocol/conversation-name.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { InputOf, OperationName, OutputOf } from "../../../protocol/operations/catalogue.ts";
import type { Chats } from "../chats.ts";
import { AttributeBook, type MemberAttributes } from "./attribute-book.ts";
import { GroupBook } from "./group-book.ts";
import type { SharedFile } from "./shared-files.ts";
import type {
  Failed,
  GroupAsking,
  GroupChange,
  GroupInvitation,
  GroupList,
  GroupListed,
  GroupMember,
  GroupPage,
  GroupState,
  JoinedGroups,
  NewGroup,
  PublicGroup,
} from "./types.ts";

/**
 * The groups of a user: always the same object for the same chats. What is said in a group goes over `chats.conversation(ref)`.
 *
 * @example
 * const groups = groupsOf(chats);
 * const { id } = await groups.create({ name: "Birds", members: ["bob", "cho"] });
 * chats.conversation(groups.ref(id)).send("Hello, all");
 */
export function groupsOf(chats: Chats): Groups {
  // Kept by the chats: this module may be in a program twice, once with the hooks.
  return chats.part("groups", () => new Groups(chats));
}

export class Groups {
  readonly #chats: Chats;
  readonly #book: GroupBook;
  readonly #attributes: AttributeBook;

  /** @internal */
  constructor(chats: Chats) {
    this.#chats = chats;
    this.#book = new GroupBook(chats.modulePort);
    this.#attributes = new AttributeBook(chats.modulePort);
  }

  /** The conversation of a group. */
  ref(group: UserId): ConversationRef {
    return { type: "group", id: group };
  }

  /** Those of the user's list, by their newest message. */
  get mine(): readonly UserId[] {
    return this.#chats.conversations.flatMap(({ conversation: { type, id } }) => (type === "group" ? [id] : []));
  }

  /** As it was last known, offline too; undefined: nothing is. */
  of(group: UserId): GroupState | undefined {
    return this.#book.of(group);
  }

  /** Its name, or its id. */
  nameOf(group: UserId): string {
    return this.of(group)?.details.name || group;
  }

  /** That this user has not answered, as far as this device has heard of them. */
  get invitations(): readonly GroupInvitation[] {
    return this.#book.invitations;
  }

  /** Asks for these, as far as they are not known or have not been asked for in a while; the event `groups` tells of them. */
  want(groups: readonly UserId[]): void {
    this.#book.want(groups);
  }

  /** As it is now. */
  get(group: UserId): Promise<GroupState> {
    return this.#book.ask(group);
  }

  /** Its members are in it at once, or are asked if it is made with `consent`. */
  async create({ id = crypto.randomUUID(), members = [], ...details }: NewGroup = {}): Promise<{ readonly id: UserId; readonly failed: Failed }> {
    const { failed } = await this.#call("group.create", { group: id, ...details, ...(members.length > 0 && { members: [...members] }) });
    await this.#book.refresh(id);
    return { id, failed };
  }

  async update(group: UserId, change: GroupChange): Promise<void> {
    await this.#call("group.update", { group, ...change });
    await this.#book.refresh(group);
  }

  announce(group: UserId, announcement: string): Promise<void> {
    return this.update(group, { announcement });
  }

  /** Ends it, for all and for good. */
  async dismiss(group: UserId): Promise<void> {
    await this.#call("group.dismiss", { group });
  }

  /** Makes another member the owner. */
  async transfer(group: UserId, owner: UserId): Promise<void> {
    await this.#call("group.transfer", { group, owner });
    await this.#book.refresh(group);
  }

  /** Makes a member an admin, or an admin a member. */
  async appoint(group: UserId, member: UserId, on = true): Promise<void> {
    await this.#call("group.appoint", { group, member, on });
  }

  /** Asks to be let into a public group. */
  async apply(group: UserId, reason?: string): Promise<"member" | "applied"> {
    return (await this.#call("group.apply", { group, ...said(reason) })).state;
  }

  /** Answers who has applied. */
  async decide(group: UserId, applicant: UserId, accept: boolean, reason?: string): Promise<void> {
    await this.#call("group.decide", { group, applicant, accept, ...said(reason) });
  }

  async invite(group: UserId, users: readonly UserId[], reason?: string): Promise<Failed> {
    return (await this.#call("group.invite", { group, users: [...users], ...said(reason) })).failed;
  }

  /** Answers an invitation of this user. */
  async answer(group: UserId, accept: boolean, reason?: string): Promise<void> {
    await this.#call("group.answer", { group, accept, ...said(reason) });
    this.#book.answered(group);
    if (accept) this.#book.want([group]);
  }

  async leave(group: UserId): Promise<void> {
    await this.#call("group.leave", { group });
  }

  async remove(group: UserId, users: readonly UserId[]): Promise<Failed> {
    return (await this.#call("group.remove", { group, users: [...users] })).failed;
  }

  /** Removes them, and keeps them out; or lets them come again. */
  async block(group: UserId, users: readonly UserId[], on = true): Promise<Failed> {
    return (await this.#call("group.block", { group, users: [...users], on })).failed;
  }

  /** They say nothing, until a time (unix ms) or for ever; or they may speak again. */
  async mute(group: UserId, users: readonly UserId[], { on = true, until }: { readonly on?: boolean; readonly until?: number } = {}): Promise<Failed> {
    return (await this.#call("group.mute", { group, users: [...users], on, ...(until !== undefined && { until }) })).failed;
  }

  /** These may speak while all are muted. */
  async allow(group: UserId, users: readonly UserId[], on = true): Promise<Failed> {
    return (await this.#call("group.allow", { group, users: [...users], on })).failed;
  }

  async muteAll(group: UserId, on = true): Promise<void> {
    await this.#call("group.mute-all", { group, on });
    await this.#book.refresh(group);
  }

  /** Nothing more is told of what is said in it, nor is it unread; or it is again. The user stays a member, and reads it as history. */
  async shield(group: UserId, on = true): Promise<void> {
    await this.#call("group.shield", { group, on });
    await this.#book.refresh(group);
  }

  /** Of a member, oneself by default. Empty values remove. */
  async setAttributes(group: UserId, attributes: Readonly<Record<string, string>>, member: UserId = this.#chats.user): Promise<void> {
    await this.#call("group.set-attributes", { group, member, attributes });
  }

  /** What a member has as attributes in a group, as it was last known, offline too; undefined: nothing is known. */
  attributesOf(group: UserId, user: UserId = this.#chats.user): MemberAttributes | undefined {
    return this.#attributes.of(group, user);
  }

  /** Asks for these members' attributes, as far as they are not known or have not been asked for in a while, ten in a call; the event `groups` tells of them. */
  wantAttributes(group: UserId, users: readonly UserId[]): void {
    this.#attributes.want(group, users);
  }

  /** These members' attributes as they are now, ten in a call; who is no member is not there. */
  attributes(group: UserId, users: readonly UserId[]): Promise<ReadonlyMap<UserId, MemberAttributes>> {
    return this.#attributes.ask(group, users);
  }

  /** By name, with their roles; the next page begins behind `next`. */
  async members(group: UserId, page: GroupPage = {}): Promise<{ readonly members: readonly GroupMember[]; readonly next?: UserId | undefined }> {
    const read = await this.#call("group.members", { group, ...page });
    this.#attributes.learn(group, new Map(read.members.map(({ user, attributes = {} }) => [user, attributes])));
    return read;
  }

  /** A page of the groups that the user is in, by name, 20 at most. */
  joined(page: GroupPage = {}): Promise<JoinedGroups> {
    return this.#call("group.joined", page);
  }

  /** A page of the files that are shared in a group, the newest first; the next page begins below `next`. To share one: `shareFile`. */
  files(
    group: UserId,
    page: { readonly before?: number; readonly limit?: number } = {},
  ): Promise<{ readonly files: readonly SharedFile[]; readonly next?: number | undefined }> {
    return this.#call("group.files", { group, ...page });
  }

  /** Takes a file off the list, and removes it for all: its owner, the group's owner and admins. */
  async dropFile(group: UserId, file: number): Promise<void> {
    await this.#call("group.drop-file", { group, file });
  }

  /** The app's public groups by id, whether or not this user is in them; the next page begins behind `next`. What is new is among them soon after. */
  publicGroups(page: GroupPage = {}): Promise<{ readonly groups: readonly PublicGroup[]; readonly next?: UserId | undefined }> {
    return this.#call("groups.public", page);
  }

  /** Who is muted, blocked or allowed; for the owner and admins. */
  listed(group: UserId, list: GroupList, page: GroupPage = {}): Promise<{ readonly users: readonly GroupListed[]; readonly next?: UserId | undefined }> {
    return this.#call("group.listed", { group, list, ...page });
  }

  /** Who has applied, or was invited, and waits; for the owner and admins. */
  asking(
    group: UserId,
    kind: "application" | "invitation",
    page: GroupPage = {},
  ): Promise<{ readonly users: readonly GroupAsking[]; readonly next?: UserId | undefined }> {
    return this.#call("group.asking", { group, kind, ...page });
  }

  #call<Op extends OperationName>(op: Op, input: InputOf<Op>): Promise<OutputOf<Op>> {
    return this.#chats.call(op, input);
  }
}

const said = (reason: string | undefined) => ({ ...(reason !== undefined && reason !== "" && { reason }) });
