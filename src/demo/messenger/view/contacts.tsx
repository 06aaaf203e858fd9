import { useState } from "preact/hooks";
import { type Contact, type GroupInvitation, groupsOf } from "../../../client/chat/index.ts";
import { usePeople, usePresence } from "../../../react/index.ts";
import { go } from "../route.ts";
import { Avatar, GroupAvatar } from "./avatar.tsx";
import { useShared } from "./shared.tsx";

const WATCHED = 200;

export function Contacts() {
  const { account, groups, say, attempt, tell } = useShared();
  const { chats } = account;
  const [name, setName] = useState("");
  const [reason, setReason] = useState("");
  const all = usePeople(chats).contacts;
  const people = usePeople(
    chats,
    all.map(({ user }) => user),
  );
  const contacts = all.filter(({ state }) => state === "contact").sort((a, b) => people.nameOf(a.user).localeCompare(people.nameOf(b.user)));
  const waiting = all.filter(({ state }) => state !== "contact");
  const presence = usePresence(
    chats,
    contacts.slice(0, WATCHED).map(({ user }) => user),
  );
  const invite = (event: Event): void => {
    event.preventDefault();
    const user = name.trim();
    if (user === "" || user === account.user) return;
    attempt(async () => {
      const state = await chats.people.invite(user, reason.trim() || undefined);
      setName("");
      setReason("");
      tell(state === "contact" ? say("isContact", { name: user }) : say("invited", { name: user }));
    });
  };
  return (
    <div class="side-body padded">
      <form class="stack" onSubmit={invite} aria-label={say("addContact")}>
        <input
          class="field"
          aria-label={say("contactHint")}
          placeholder={say("contactHint")}
          maxLength={64}
          spellcheck={false}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        {name.trim() !== "" && (
          <>
            <input
              class="field"
              aria-label={say("reason")}
              placeholder={say("reason")}
              maxLength={256}
              value={reason}
              onInput={(event) => setReason(event.currentTarget.value)}
            />
            <button type="submit" class="primary small">
              {say("invite")}
            </button>
          </>
        )}
      </form>
      {(waiting.length > 0 || groups.invitations.length > 0) && (
        <section aria-labelledby="requests-title">
          <h2 class="section" id="requests-title">
            {say("requests")}
          </h2>
          <ul class="people">
            {groups.invitations.map((invitation) => (
              <GroupRequest key={invitation.group} invitation={invitation} />
            ))}
            {waiting.map((contact) => (
              <Request key={contact.user} contact={contact} />
            ))}
          </ul>
        </section>
      )}
      {all.length === 0 && <p class="nothing">{say("noContacts")}</p>}
      <ul class="people" aria-label={say("contacts")}>
        {contacts.map(({ user }) => (
          <li key={user}>
            <button type="button" class="person" onClick={() => go({ tab: "chats", with: { type: "single", id: user } })}>
              <Avatar user={user} presence={presence.get(user)} />
              <span class="person-words">
                <bdi>{people.nameOf(user)}</bdi>
                {people.profileOf(user)?.sign !== undefined && <bdi class="soft">{people.profileOf(user)?.sign}</bdi>}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function GroupRequest({ invitation: { group, by, reason } }: { readonly invitation: GroupInvitation }) {
  const { account, groups, people, say, attempt } = useShared();
  const answer = (accept: boolean) =>
    attempt(async () => {
      await groupsOf(account.chats).answer(group, accept);
      if (accept) go({ tab: "chats", with: { type: "group", id: group } });
    });
  return (
    <li class="request" data-group={group}>
      <GroupAvatar group={group} />
      <span class="person-words">
        {/* What a private group is called is known to its members alone. */}
        <bdi>{groups.stateOf(group)?.details.name || say("aGroup")}</bdi>
        <bdi class="soft">{say("invitesYou", { name: people.nameOf(by) })}</bdi>
        {reason !== "" && <bdi class="soft">{reason}</bdi>}
      </span>
      <span class="request-choices">
        <button type="button" class="text-button" onClick={() => answer(false)}>
          {say("decline")}
        </button>
        <button type="button" class="primary small" onClick={() => answer(true)}>
          {say("accept")}
        </button>
      </span>
    </li>
  );
}

function Request({ contact: { user, state, reason } }: { readonly contact: Contact }) {
  const { account, people, say, attempt } = useShared();
  const { people: calls } = account.chats;
  return (
    <li class="request" data-user={user}>
      <Avatar user={user} />
      <span class="person-words">
        <bdi>{people.nameOf(user)}</bdi>
        <bdi class="soft">{reason || say(state === "asked" ? "wantsContact" : "waitsFor")}</bdi>
      </span>
      <span class="request-choices">
        {state === "asked" ? (
          <>
            <button type="button" class="text-button" onClick={() => attempt(() => calls.decline(user))}>
              {say("decline")}
            </button>
            <button type="button" class="primary small" onClick={() => attempt(() => calls.accept(user))}>
              {say("accept")}
            </button>
          </>
        ) : (
          <button type="button" class="text-button" onClick={() => attempt(() => calls.removeContact(user))}>
            {say("withdraw")}
          </button>
        )}
      </span>
    </li>
  );
}
