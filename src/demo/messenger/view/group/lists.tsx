import { useState } from "preact/hooks";
import { type GroupList, groupsOf } from "../../../../client/chat/index.ts";
import { useGroupListed, usePeople } from "../../../../react/index.ts";
import { clock, day } from "../../format.ts";
import { Avatar } from "../avatar.tsx";
import { PeoplePicker } from "../people-picker.tsx";
import { useShared } from "../shared.tsx";
import { Sheet } from "../sheet.tsx";
import { More } from "./more.tsx";
import { MutePeriods } from "./mute.tsx";
import type { PageProps } from "./page.ts";

const LISTS = ["mute", "allow", "block"] as const satisfies readonly GroupList[];

/** Who is muted, who may speak while all are, and who is kept out. */
export function Lists({ group, close, back }: PageProps) {
  const { say } = useShared();
  const [list, setList] = useState<GroupList>("mute");
  return (
    <Sheet title={say("lists")} close={close} back={back}>
      <div class="segments" role="tablist" aria-label={say("lists")}>
        {LISTS.map((one) => (
          <button key={one} type="button" role="tab" aria-selected={list === one} class="segment" onClick={() => setList(one)}>
            {say(`${one}List`)}
          </button>
        ))}
      </div>
      <p class="soft small-print">{say(`${list}ListNote`)}</p>
      <Listed key={list} group={group} list={list} />
    </Sheet>
  );
}

function Listed({ group, list }: { readonly group: string; readonly list: GroupList }) {
  const { account, people, say, language, attempt, tell } = useShared();
  const listed = useGroupListed(account.chats, group, list);
  usePeople(
    account.chats,
    listed.rows.map(({ user }) => user),
  );
  const [adding, setAdding] = useState(false);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const calls = groupsOf(account.chats);
  const at = (ms: number): string => `${day(ms, language, say)} ${clock(ms, language)}`;
  const put = (users: readonly string[], on: boolean, until: { readonly until?: number } = {}): void =>
    attempt(async () => {
      const failed = list === "mute" ? await calls.mute(group, users, { on, ...until }) : await calls[list](group, users, on);
      if (failed.length > 0) tell(failed.map(({ user, message }) => `${people.nameOf(user)}: ${message}`).join(", "));
      setAdding(false);
      setChosen([]);
      listed.reload();
    });
  return (
    <>
      <ul class="people" aria-label={say(`${list}List`)}>
        {listed.rows.map(({ user, until }) => (
          <li key={user} class="request" data-user={user}>
            <Avatar user={user} />
            <span class="person-words">
              <bdi>{people.nameOf(user)}</bdi>
              {list === "mute" && <span class="soft">{until === undefined ? say("forGood") : say("until", { when: at(until) })}</span>}
            </span>
            <button type="button" class="text-button" onClick={() => put([user], false)}>
              {say("takeOff")}
            </button>
          </li>
        ))}
      </ul>
      {listed.rows.length === 0 && !listed.loading && <p class="nothing small">{say("nobodyListed")}</p>}
      <More list={listed} />
      {adding ? (
        <div class="stack adding">
          <PeoplePicker chosen={chosen} not={[account.user, ...listed.rows.map(({ user }) => user)]} choose={setChosen} />
          {list === "mute"
            ? chosen.length > 0 && <MutePeriods choose={(until) => put(chosen, true, until)} />
            : chosen.length > 0 && (
                <button type="button" class="primary small" onClick={() => put(chosen, true)}>
                  {say("saveRemark")}
                </button>
              )}
        </div>
      ) : (
        <button type="button" class="text-button" onClick={() => setAdding(true)}>
          {say("addTo")}
        </button>
      )}
    </>
  );
}
