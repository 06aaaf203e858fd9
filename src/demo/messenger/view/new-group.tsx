import { useState } from "preact/hooks";
import { groupsOf } from "../../../client/chat/index.ts";
import { go } from "../route.ts";
import { PeoplePicker } from "./people-picker.tsx";
import { useShared } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

export function NewGroup({ close }: { close(): void }) {
  const { account, say, attempt, tell } = useShared();
  const [name, setName] = useState("");
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const create = (event: Event): void => {
    event.preventDefault();
    if (name.trim() === "") return;
    close();
    attempt(async () => {
      const { id, failed } = await groupsOf(account.chats).create({ name: name.trim(), members: chosen, invitesOpen: true, public: open });
      if (failed.length > 0) tell(say("notInvited", { names: failed.map(({ user }) => user).join(", ") }));
      go({ tab: "chats", with: { type: "group", id } });
    });
  };
  return (
    <Sheet title={say("newGroup")} close={close}>
      <form class="stack" onSubmit={create}>
        <input
          class="field"
          aria-label={say("groupName")}
          placeholder={say("groupName")}
          maxLength={128}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <label class="check">
          <input type="checkbox" checked={open} onChange={(event) => setOpen(event.currentTarget.checked)} />
          {say("newGroupPublic")}
        </label>
        <PeoplePicker chosen={chosen} choose={setChosen} not={[account.user]} />
        <button type="submit" class="primary" disabled={name.trim() === ""}>
          {say("createGroup")}
        </button>
      </form>
    </Sheet>
  );
}
