import { useState } from "preact/hooks";
import { type GroupMember, type GroupRole, groupsOf } from "../../../client/chat/index.ts";
import { go } from "../route.ts";
import { Avatar } from "./avatar.tsx";
import { MutePeriods } from "./group/mute.tsx";
import { NameForm, NICKNAME } from "./group/names.tsx";
import { Choice } from "./message-menu.tsx";
import { useShared } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

interface MemberMenuProps {
  readonly group: string;
  readonly member: GroupMember;
  /** What one is oneself. */
  readonly role: GroupRole | undefined;
  close(): void;
  back(): void;
}

/** What may be done to a member: the owner does it to all, admins to members. */
export function GroupMemberMenu({ group, member, role, close, back }: MemberMenuProps) {
  const { account, people, say, attempt, tell } = useShared();
  const calls = groupsOf(account.chats);
  const { user } = member;
  const [muting, setMuting] = useState(false);
  const leads = role === "owner" || role === "admin";
  const mayAct = (role === "owner" && member.role !== "owner") || (role === "admin" && member.role === "member");
  const run = (work: () => Promise<unknown>) => () => {
    close();
    attempt(async () => {
      await work();
      tell(say("done"));
    });
  };
  if (muting)
    return (
      <Sheet title={say("mutePeriod")} close={close} back={() => setMuting(false)}>
        <MutePeriods choose={(until) => run(() => calls.mute(group, [user], until))()} />
      </Sheet>
    );
  return (
    <Sheet title={people.nameOf(user)} close={close} back={back}>
      <div class="card-head">
        <Avatar user={user} large />
        <p>
          <bdi class="user-id">{people.nameOf(user)}</bdi>
          <span class="soft">
            {people.nameOf(user) !== user && <bdi>{user} · </bdi>}
            {say(member.role)}
          </span>
        </p>
      </div>
      {leads && (
        <NameForm
          label={say("memberName")}
          was={calls.attributesOf(group, user)?.[NICKNAME] ?? ""}
          save={(name) => run(() => calls.setAttributes(group, { [NICKNAME]: name }, user))()}
        />
      )}
      <div class="choices">
        <Choice
          words={say("message")}
          press={() => {
            close();
            go({ tab: "chats", with: { type: "single", id: user } });
          }}
        />
        {role === "owner" && member.role !== "owner" && (
          <>
            <Choice words={member.role === "admin" ? say("depose") : say("appoint")} press={run(() => calls.appoint(group, user, member.role !== "admin"))} />
            <Choice words={say("transfer")} press={run(() => calls.transfer(group, user))} grave />
          </>
        )}
        {mayAct && (
          <>
            <Choice words={say("muteFor")} press={() => setMuting(true)} />
            <Choice words={say("unmuteMember")} press={run(() => calls.mute(group, [user], { on: false }))} />
            <Choice words={say("allowMember")} press={run(() => calls.allow(group, [user]))} />
            <Choice words={say("removeMember")} press={run(() => calls.remove(group, [user]))} grave />
            <Choice words={say("blockMember")} press={run(() => calls.block(group, [user]))} grave />
          </>
        )}
      </div>
    </Sheet>
  );
}
