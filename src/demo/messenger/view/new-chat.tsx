import { useState } from "preact/hooks";
import { go } from "../route.ts";
import { Avatar } from "./avatar.tsx";
import { Icon } from "./icon.tsx";
import { useShared } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

interface NewChatProps {
  close(): void;
  group(): void;
  /** Shows the public groups. */
  browse(): void;
}

export function NewChat({ close, group, browse }: NewChatProps) {
  const { account, people, say } = useShared();
  const [name, setName] = useState("");
  const start = (user: string): void => {
    if (user === "" || user === account.user) return;
    close();
    go({ tab: "chats", with: { type: "single", id: user } });
  };
  const contacts = people.contacts.filter(({ state }) => state === "contact");
  return (
    <Sheet title={say("newChat")} close={close}>
      <form
        class="line-form"
        onSubmit={(event) => {
          event.preventDefault();
          start(name.trim());
        }}
      >
        <input
          class="field"
          aria-label={say("newChatHint")}
          placeholder={say("newChatHint")}
          maxLength={64}
          spellcheck={false}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" class="primary small">
          {say("start")}
        </button>
      </form>
      <button type="button" class="person" onClick={group}>
        <span class="face">
          <span class="avatar group sign" aria-hidden="true">
            <Icon name="contacts" />
          </span>
        </span>
        {say("newGroup")}
      </button>
      <button type="button" class="person" onClick={browse}>
        <span class="face">
          <span class="avatar group sign" aria-hidden="true">
            <Icon name="search" />
          </span>
        </span>
        {say("publicGroups")}
      </button>
      <ul class="people">
        {contacts.map(({ user }) => (
          <li key={user}>
            <button type="button" class="person" onClick={() => start(user)}>
              <Avatar user={user} />
              <bdi>{people.nameOf(user)}</bdi>
            </button>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}
