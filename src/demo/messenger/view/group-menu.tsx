import { useState } from "preact/hooks";
import { type GroupDetails, type GroupMember, groupsOf, type LocalConversation } from "../../../client/chat/index.ts";
import { useGroup, useGroupAsking, useGroupMembers, usePeople } from "../../../react/index.ts";
import { membersOf } from "../format.ts";
import { go, hashOf } from "../route.ts";
import { Avatar, GroupAvatar } from "./avatar.tsx";
import { Files } from "./group/files.tsx";
import { Lists } from "./group/lists.tsx";
import { NameForm, NICKNAME } from "./group/names.tsx";
import type { PageProps } from "./group/page.ts";
import { Requests } from "./group/requests.tsx";
import { Rules } from "./group/rules.tsx";
import { GroupMemberMenu } from "./group-member-menu.tsx";
import { Choice } from "./message-menu.tsx";
import { PeoplePicker } from "./people-picker.tsx";
import { useShared } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

interface GroupMenuProps {
  readonly group: string;
  readonly state: LocalConversation | undefined;
  close(): void;
}

/** A group: who is in it, as what, and what one may do with it. */
export function GroupMenu({ group, state, close }: GroupMenuProps) {
  const { account, groups, say, attempt, tell } = useShared();
  const { chats } = account;
  const known = useGroup(chats, group);
  const { members, more, loadMore } = useGroupMembers(chats, group);
  usePeople(
    chats,
    members.map(({ user }) => user),
  );
  const [page, setPage] = useState<"group" | "invite" | "edit" | "files" | "requests" | "lists" | "rules">("group");
  const [member, setMember] = useState<GroupMember | undefined>(undefined);
  const [sure, setSure] = useState(false);
  const calls = groupsOf(chats);
  const handle = chats.conversation(calls.ref(group));
  const { role, details } = known ?? {};
  const leads = role === "owner" || role === "admin";
  const asking = useGroupAsking(chats, leads ? group : undefined, "application").rows.length;
  const entry = state?.entry;
  const pinned = entry?.pinnedAt !== undefined;
  const silent = entry?.mutedUntil !== undefined && (entry.mutedUntil === 0 || entry.mutedUntil > Date.now());
  const run = (work: () => Promise<unknown>) => () => {
    close();
    attempt(work);
  };
  const gone = (work: () => Promise<unknown>) =>
    run(async () => {
      await work();
      go({ tab: "chats" });
    });
  const copyLink = async (): Promise<void> => {
    const link = new URL(hashOf({ tab: "chats", with: calls.ref(group) }), location.origin + location.pathname);
    await navigator.clipboard.writeText(link.href);
    tell(say("copiedLink"));
  };
  const subpage = { group, close, back: () => setPage("group") };
  if (page === "files") return <Files {...subpage} role={role} />;
  if (page === "requests") return <Requests {...subpage} />;
  if (page === "lists") return <Lists {...subpage} />;
  if (page === "rules") return <Rules {...subpage} />;
  if (page === "invite") return <Invite {...subpage} members={members} />;
  if (page === "edit" && details !== undefined) return <Edit {...subpage} was={details} />;
  if (member !== undefined) return <GroupMemberMenu group={group} member={member} role={role} close={close} back={() => setMember(undefined)} />;
  return (
    <Sheet title={groups.nameOf(group)} close={close}>
      <div class="card-head">
        <GroupAvatar group={group} large />
        <p>
          <bdi class="user-id">{groups.nameOf(group)}</bdi>
          {known !== undefined && <span class="soft">{membersOf(known.members, say)}</span>}
          {details !== undefined && details.description !== "" && <bdi class="soft">{details.description}</bdi>}
        </p>
      </div>
      {details !== undefined && details.announcement !== "" && (
        <section class="announcement">
          <h3 class="section">{say("announcement")}</h3>
          <p class="text">{details.announcement}</p>
        </section>
      )}
      {role !== undefined && (
        <NameForm
          label={say("ownName")}
          was={calls.attributesOf(group)?.[NICKNAME] ?? ""}
          save={(name) =>
            attempt(async () => {
              await calls.setAttributes(group, { [NICKNAME]: name });
              tell(say("saved"));
            })
          }
        />
      )}
      <div class="choices">
        {role !== undefined && <Choice words={say("sharedFiles")} press={() => setPage("files")} />}
        {(leads || (role !== undefined && details?.invitesOpen)) && <Choice words={say("inviteMembers")} press={() => setPage("invite")} />}
        {details?.public && <Choice words={say("copyLink")} press={run(copyLink)} />}
        {entry !== undefined && (
          <>
            <Choice words={pinned ? say("unpinChat") : say("pinChat")} press={run(() => handle.configure({ pinned: !pinned }))} />
            <Choice words={silent ? say("unmute") : say("mute")} press={run(() => handle.configure({ mutedUntil: silent ? null : 0 }))} />
          </>
        )}
        {role !== undefined && <Choice words={say(known?.shielded ? "unshield" : "shield")} press={run(() => calls.shield(group, known?.shielded !== true))} />}
      </div>
      {leads && (
        <section aria-labelledby="leading-title">
          <h3 class="section" id="leading-title">
            {say("leading")}
          </h3>
          <div class="choices">
            <Choice words={say("askingList")} press={() => setPage("requests")} count={asking} />
            <Choice words={say("editGroup")} press={() => setPage("edit")} />
            <Choice words={say("rules")} press={() => setPage("rules")} />
            <Choice words={say("lists")} press={() => setPage("lists")} />
            <Choice words={say(details?.allMuted ? "unmuteAll" : "muteAll")} press={run(() => calls.muteAll(group, details?.allMuted !== true))} />
          </div>
        </section>
      )}
      <div class="choices apart">
        {role !== undefined && role !== "owner" && <Choice words={say("leaveGroup")} press={gone(() => calls.leave(group))} grave />}
        {role === "owner" &&
          (sure ? (
            <div class="sure" role="alert">
              <p>{say("dismissSure")}</p>
              <Choice words={say("dismissGroup")} press={gone(() => calls.dismiss(group))} grave />
            </div>
          ) : (
            <Choice words={say("dismissGroup")} press={() => setSure(true)} grave />
          ))}
      </div>
      {role !== undefined && (
        <section aria-labelledby="members-title">
          <h3 class="section" id="members-title">
            {say("members")}
          </h3>
          <ul class="people members">
            {members.map((one) => (
              <li key={one.user} data-user={one.user} data-role={one.role}>
                <Member member={one} press={() => setMember(one)} />
              </li>
            ))}
          </ul>
          {more && members.length > 0 && (
            <button type="button" class="text-button" onClick={loadMore}>
              {say("moreMembers")}
            </button>
          )}
        </section>
      )}
    </Sheet>
  );
}

function Member({ member: { user, role }, press }: { readonly member: GroupMember; press(): void }) {
  const { account, people, say } = useShared();
  return (
    <button type="button" class="person" disabled={user === account.user} onClick={press}>
      <Avatar user={user} />
      <span class="person-words">
        <bdi>{user === account.user ? `${people.nameOf(user)} (${say("you")})` : people.nameOf(user)}</bdi>
      </span>
      {role !== "member" && <span class="role">{say(role)}</span>}
    </button>
  );
}

function Invite({ group, members, close, back }: PageProps & { readonly members: readonly GroupMember[] }) {
  const { account, say, attempt, tell } = useShared();
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const invite = (event: Event): void => {
    event.preventDefault();
    if (chosen.length === 0) return;
    close();
    attempt(async () => {
      const failed = await groupsOf(account.chats).invite(group, chosen);
      tell(failed.length > 0 ? say("notInvited", { names: failed.map(({ user }) => user).join(", ") }) : say("invitedAll"));
    });
  };
  return (
    <Sheet title={say("inviteMembers")} close={close} back={back}>
      <form class="stack" onSubmit={invite}>
        <PeoplePicker chosen={chosen} choose={setChosen} not={members.map(({ user }) => user)} />
        <button type="submit" class="primary" disabled={chosen.length === 0}>
          {say("invite")}
        </button>
      </form>
    </Sheet>
  );
}

interface EditProps extends PageProps {
  readonly was: GroupDetails;
}

function Edit({ group, was, close, back }: EditProps) {
  const { account, say, attempt, tell } = useShared();
  const [name, setName] = useState(was.name);
  const [announcement, setAnnouncement] = useState(was.announcement);
  const [description, setDescription] = useState(was.description);
  const save = (event: Event): void => {
    event.preventDefault();
    close();
    attempt(async () => {
      await groupsOf(account.chats).update(group, {
        ...(name.trim() !== was.name && name.trim() !== "" && { name: name.trim() }),
        ...(announcement.trim() !== was.announcement && { announcement: announcement.trim() }),
        ...(description.trim() !== was.description && { description: description.trim() }),
      });
      tell(say("saved"));
    });
  };
  return (
    <Sheet title={say("editGroup")} close={close} back={back}>
      <form class="stack" onSubmit={save}>
        <label>
          {say("groupName")}
          <input class="field" maxLength={128} value={name} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        <label>
          {say("description")}
          <textarea class="field" rows={2} maxLength={512} value={description} onInput={(event) => setDescription(event.currentTarget.value)} />
        </label>
        <label>
          {say("announcement")}
          <textarea class="field" rows={4} maxLength={512} value={announcement} onInput={(event) => setAnnouncement(event.currentTarget.value)} />
        </label>
        <button type="submit" class="primary">
          {say("saveRemark")}
        </button>
      </form>
    </Sheet>
  );
}
