import { useState } from "preact/hooks";
import { type GroupMember, groupsOf, type LocalConversation } from "../../../client/chat/index.ts";
import { useGroup, useGroupMembers, usePeople } from "../../../react/index.ts";
import { go } from "../route.ts";
import { Avatar, GroupAvatar } from "./avatar.tsx";
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
  const { account, groups, say, attempt } = useShared();
  const { chats } = account;
  const known = useGroup(chats, group);
  const { members, more, loadMore } = useGroupMembers(chats, group);
  usePeople(
    chats,
    members.map(({ user }) => user),
  );
  const [page, setPage] = useState<"group" | "invite" | "edit">("group");
  const [member, setMember] = useState<GroupMember | undefined>(undefined);
  const [sure, setSure] = useState(false);
  const calls = groupsOf(chats);
  const handle = chats.conversation(calls.ref(group));
  const { role, details } = known ?? {};
  const leads = role === "owner" || role === "admin";
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
  if (page === "invite") return <Invite group={group} members={members} close={close} />;
  if (page === "edit" && details !== undefined) return <Edit group={group} name={details.name} announcement={details.announcement} close={close} />;
  if (member !== undefined) return <GroupMemberMenu group={group} member={member} role={role} close={close} />;
  return (
    <Sheet title={groups.nameOf(group)} close={close}>
      <div class="card-head">
        <GroupAvatar group={group} large />
        <p>
          <bdi class="user-id">{groups.nameOf(group)}</bdi>
          {known !== undefined && <span class="soft">{say("memberCount", { count: known.members })}</span>}
        </p>
      </div>
      {details !== undefined && details.announcement !== "" && (
        <section class="announcement">
          <h3 class="section">{say("announcement")}</h3>
          <p class="text">{details.announcement}</p>
        </section>
      )}
      <div class="choices">
        {leads && <Choice words={say("editGroup")} press={() => setPage("edit")} />}
        {(leads || (role !== undefined && details?.invitesOpen)) && <Choice words={say("inviteMembers")} press={() => setPage("invite")} />}
        {leads && <Choice words={details?.allMuted ? say("unmuteAll") : say("muteAll")} press={run(() => calls.muteAll(group, details?.allMuted !== true))} />}
        {entry !== undefined && (
          <>
            <Choice words={pinned ? say("unpinChat") : say("pinChat")} press={run(() => handle.configure({ pinned: !pinned }))} />
            <Choice words={silent ? say("unmute") : say("mute")} press={run(() => handle.configure({ mutedUntil: silent ? null : 0 }))} />
          </>
        )}
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

function Invite({ group, members, close }: { readonly group: string; readonly members: readonly GroupMember[]; close(): void }) {
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
    <Sheet title={say("inviteMembers")} close={close}>
      <form class="stack" onSubmit={invite}>
        <PeoplePicker chosen={chosen} choose={setChosen} not={members.map(({ user }) => user)} />
        <button type="submit" class="primary" disabled={chosen.length === 0}>
          {say("invite")}
        </button>
      </form>
    </Sheet>
  );
}

interface EditProps {
  readonly group: string;
  readonly name: string;
  readonly announcement: string;
  close(): void;
}

function Edit({ group, name: was, announcement: said, close }: EditProps) {
  const { account, say, attempt, tell } = useShared();
  const [name, setName] = useState(was);
  const [announcement, setAnnouncement] = useState(said);
  const save = (event: Event): void => {
    event.preventDefault();
    close();
    attempt(async () => {
      await groupsOf(account.chats).update(group, {
        ...(name.trim() !== was && name.trim() !== "" && { name: name.trim() }),
        ...(announcement.trim() !== said && { announcement: announcement.trim() }),
      });
      tell(say("saved"));
    });
  };
  return (
    <Sheet title={say("editGroup")} close={close}>
      <form class="stack" onSubmit={save}>
        <label>
          {say("groupName")}
          <input class="field" maxLength={128} value={name} onInput={(event) => setName(event.currentTarget.value)} />
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
