import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { type Chats, groupsOf } from "../../../../client/chat/index.ts";
import { type PeopleState, useMemberAttributes } from "../../../../react/index.ts";
import { SharedProvider, useShared } from "../shared.tsx";

/** A member's attribute under which its name in the group stands. */
export const NICKNAME = "nickname";

const NOBODY: readonly string[] = [];

/** What somebody is called in a group: what one calls them oneself, their name there, or anywhere. */
export function nameIn(chats: Chats, group: string, user: string, people: Pick<PeopleState, "contacts" | "nameOf">): string {
  const own = people.contacts.find((contact) => contact.user === user)?.remark;
  return own || groupsOf(chats).attributesOf(group, user)?.[NICKNAME] || people.nameOf(user);
}

/** In a group people have the names that they have there, as far as they are known. */
export function GroupNames({ group, children }: { readonly group: string; readonly children: ComponentChildren }) {
  const shared = useShared();
  const { account, people } = shared;
  const attributesOf = useMemberAttributes(account.chats, group, NOBODY);
  const named = useMemo(() => {
    const remarks = new Map(people.contacts.map(({ user, remark }) => [user, remark]));
    const nameOf = (user: string): string => remarks.get(user) || attributesOf(user)?.[NICKNAME] || people.nameOf(user);
    return { ...shared, people: { ...people, nameOf } };
  }, [shared, people, attributesOf]);
  return <SharedProvider value={named}>{children}</SharedProvider>;
}

/** The form in which a name in a group is given. */
export function NameForm({ label, was, save }: { readonly label: string; readonly was: string; save(name: string): void }) {
  const { say } = useShared();
  return (
    <form
      class="line-form"
      onSubmit={(event) => {
        event.preventDefault();
        save(String(new FormData(event.currentTarget).get("name") ?? "").trim());
      }}
    >
      <input key={was} class="field" name="name" aria-label={label} placeholder={label} maxLength={64} defaultValue={was} />
      <button type="submit" class="primary small">
        {say("saveRemark")}
      </button>
    </form>
  );
}
