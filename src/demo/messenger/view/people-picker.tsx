import { useState } from "preact/hooks";
import { Avatar } from "./avatar.tsx";
import { IconButton } from "./icon.tsx";
import { useShared } from "./shared.tsx";

interface PickerProps {
  readonly chosen: readonly string[];
  /** Who is not to be chosen. */
  readonly not: readonly string[];
  choose(users: readonly string[]): void;
}

/** Several people: contacts by a touch, others by their names. */
export function PeoplePicker({ chosen, not, choose }: PickerProps) {
  const { people, say } = useShared();
  const [name, setName] = useState("");
  const add = (user: string): void => {
    setName("");
    if (user !== "" && !chosen.includes(user) && !not.includes(user)) choose([...chosen, user]);
  };
  const contacts = people.contacts.filter(({ state, user }) => state === "contact" && !not.includes(user)).map(({ user }) => user);
  const listed = [...chosen.filter((user) => !contacts.includes(user)), ...contacts];
  return (
    <div class="picker">
      <div class="line-form">
        <input
          class="field"
          aria-label={say("addPerson")}
          placeholder={say("addPerson")}
          maxLength={64}
          spellcheck={false}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.isComposing || name.trim() === "") return;
            event.preventDefault();
            add(name.trim());
          }}
        />
        <IconButton name="plus" label={say("add")} press={() => add(name.trim())} />
      </div>
      <ul class="people">
        {listed.map((user) => (
          <li key={user}>
            <label class="person">
              <Avatar user={user} />
              <bdi class="person-words">{people.nameOf(user)}</bdi>
              <input
                type="checkbox"
                checked={chosen.includes(user)}
                onChange={(event) => choose(event.currentTarget.checked ? [...chosen, user] : chosen.filter((one) => one !== user))}
              />
            </label>
          </li>
        ))}
      </ul>
    </div>
  );
}
