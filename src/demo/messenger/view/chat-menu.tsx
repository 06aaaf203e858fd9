import { useState } from "preact/hooks";
import type { LocalConversation } from "../../../client/chat/index.ts";
import { go } from "../route.ts";
import { Avatar } from "./avatar.tsx";
import { Choice } from "./message-menu.tsx";
import { useShared } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

/** What may be done with a conversation, and with whom it is. */
export function ChatMenu({ user, state, close }: { readonly user: string; readonly state: LocalConversation | undefined; close(): void }) {
  const { account, people, say, attempt, tell } = useShared();
  const { chats } = account;
  const handle = chats.conversation(user);
  const [sure, setSure] = useState(false);
  const contact = people.contacts.find((one) => one.user === user);
  const [remark, setRemark] = useState(contact?.remark ?? "");
  const entry = state?.entry;
  const pinned = entry?.pinnedAt !== undefined;
  const silent = entry?.mutedUntil !== undefined && (entry.mutedUntil === 0 || entry.mutedUntil > Date.now());
  const isBlocked = people.blocked.has(user);
  const profile = people.profileOf(user);
  const run = (work: () => Promise<unknown>) => () => {
    close();
    attempt(work);
  };
  return (
    <Sheet title={people.nameOf(user)} close={close}>
      <div class="card-head">
        <Avatar user={user} large />
        <p>
          <bdi class="user-id">{user}</bdi>
          {profile?.sign !== undefined && <bdi class="soft">{profile.sign}</bdi>}
        </p>
      </div>
      {contact?.state === "contact" && (
        <form
          class="line-form"
          onSubmit={(event) => {
            event.preventDefault();
            run(() => chats.people.remark(user, remark.trim()))();
          }}
        >
          <input
            class="field"
            aria-label={say("remark")}
            placeholder={say("remark")}
            maxLength={100}
            value={remark}
            onInput={(event) => setRemark(event.currentTarget.value)}
          />
          <button type="submit" class="primary small">
            {say("saveRemark")}
          </button>
        </form>
      )}
      <div class="choices">
        {entry !== undefined && (
          <>
            <Choice words={pinned ? say("unpinChat") : say("pinChat")} press={run(() => handle.configure({ pinned: !pinned }))} />
            <Choice words={silent ? say("unmute") : say("mute")} press={run(() => handle.configure({ mutedUntil: silent ? null : 0 }))} />
            {(state?.unread ?? 0) > 0 && <Choice words={say("markRead")} press={run(() => handle.read())} />}
          </>
        )}
        {contact === undefined && (
          <Choice
            words={say("addContact")}
            press={run(async () => {
              const now = await chats.people.invite(user);
              tell(now === "contact" ? say("isContact", { name: user }) : say("invited", { name: user }));
            })}
          />
        )}
        {entry !== undefined && (
          <Choice
            words={say("leaveList")}
            press={run(async () => {
              await handle.leaveList();
              go({ tab: "chats" });
            })}
          />
        )}
        {state !== undefined &&
          (sure ? (
            <div class="sure" role="alert">
              <p>{say("clearSure")}</p>
              <Choice words={say("clear")} press={run(() => handle.clear())} grave />
            </div>
          ) : (
            <Choice words={say("clear")} press={() => setSure(true)} grave />
          ))}
        {contact?.state === "contact" && <Choice words={say("removeContact")} press={run(() => chats.people.removeContact(user))} grave />}
        <Choice
          words={isBlocked ? say("unblock") : say("block")}
          press={run(() => (isBlocked ? chats.people.unblock(user) : chats.people.block(user)))}
          grave={!isBlocked}
        />
      </div>
    </Sheet>
  );
}
