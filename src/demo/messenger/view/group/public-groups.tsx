import { useState } from "preact/hooks";
import type { PublicGroup } from "../../../../client/chat/index.ts";
import { usePublicGroups } from "../../../../react/index.ts";
import { membersOf } from "../../format.ts";
import { go } from "../../route.ts";
import { GroupAvatar } from "../avatar.tsx";
import { useShared, wordsOf } from "../shared.tsx";
import { Sheet } from "../sheet.tsx";
import { More } from "./more.tsx";

/** The groups that anybody may look at, to ask to be let in. */
export function PublicGroups({ close, back }: { close(): void; back(): void }) {
  const { account, say } = useShared();
  const list = usePublicGroups(account.chats);
  const [words, setWords] = useState("");
  const sought = words.trim().toLowerCase();
  const found = list.rows.filter(({ group, name, description }) => `${name} ${description} ${group}`.toLowerCase().includes(sought));
  return (
    <Sheet title={say("publicGroups")} close={close} back={back}>
      <input
        class="field"
        type="search"
        aria-label={say("findGroup")}
        placeholder={say("findGroup")}
        value={words}
        onInput={(event) => setWords(event.currentTarget.value)}
      />
      <ul class="people listed-groups">
        {found.map((one) => (
          <li key={one.group} data-group={one.group}>
            <Listed
              listed={one}
              press={() => {
                close();
                go({ tab: "chats", with: { type: "group", id: one.group } });
              }}
            />
          </li>
        ))}
      </ul>
      {found.length === 0 && !list.loading && (
        <p class="nothing small">{list.error ? wordsOf(list.error) : list.rows.length === 0 ? say("noPublicGroups") : say("noHits")}</p>
      )}
      <More list={list} />
    </Sheet>
  );
}

function Listed({ listed: { group, name, description, avatar, members, approval }, press }: { readonly listed: PublicGroup; press(): void }) {
  const { say } = useShared();
  return (
    <button type="button" class="person" onClick={press}>
      <GroupAvatar group={group} given={{ name, avatar }} />
      <span class="person-words">
        <bdi>{name || say("aGroup")}</bdi>
        {description !== "" && <bdi class="soft clipped">{description}</bdi>}
        <span class="soft">{`${membersOf(members, say)} · ${say(approval ? "byApprovalShort" : "openShort")}`}</span>
      </span>
    </button>
  );
}
