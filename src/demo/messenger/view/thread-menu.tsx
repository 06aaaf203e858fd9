import { useEffect, useState } from "preact/hooks";
import { type ThreadMember, type ThreadState, threadsOf } from "../../../client/chat/index.ts";
import { usePeople } from "../../../react/index.ts";
import { go } from "../route.ts";
import { Avatar } from "./avatar.tsx";
import { IconButton } from "./icon.tsx";
import { Choice } from "./message-menu.tsx";
import { useShared } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

const NAME_CHARS = 64;

/** A thread: who is in it, and what one may do with it. */
export function ThreadMenu({ thread: { group, thread, name, creator, joined }, close }: { readonly thread: ThreadState; close(): void }) {
  const { account, groups, say, attempt } = useShared();
  const threads = threadsOf(account.chats);
  const [renaming, setRenaming] = useState(false);
  const [sure, setSure] = useState(false);
  const role = groups.stateOf(group)?.role;
  const manages = role === "owner" || role === "admin";
  const run = (work: () => Promise<unknown>) => () => {
    close();
    attempt(work);
  };
  if (renaming) return <Rename group={group} thread={thread} name={name} close={close} />;
  return (
    <Sheet title={name} close={close}>
      <div class="choices">
        {(manages || creator === account.user) && <Choice words={say("renameThread")} press={() => setRenaming(true)} />}
        {joined ? (
          <Choice words={say("leaveThread")} press={run(() => threads.leave(group, thread))} grave />
        ) : (
          <Choice words={say("joinThread")} press={run(() => threads.join(group, thread))} />
        )}
        {manages &&
          (sure ? (
            <div class="sure" role="alert">
              <p>{say("endThreadSure")}</p>
              <Choice
                words={say("endThread")}
                press={run(async () => {
                  await threads.dismiss(group, thread);
                  go({ tab: "chats", with: { type: "group", id: group } });
                })}
                grave
              />
            </div>
          ) : (
            <Choice words={say("endThread")} press={() => setSure(true)} grave />
          ))}
      </div>
      <Members group={group} thread={thread} manages={manages} />
    </Sheet>
  );
}

function Members({ group, thread, manages }: { readonly group: string; readonly thread: string; readonly manages: boolean }) {
  const { account, people, say, attempt } = useShared();
  const threads = threadsOf(account.chats);
  const [members, setMembers] = useState<readonly ThreadMember[]>([]);
  const [next, setNext] = useState<string | undefined>(undefined);
  usePeople(
    account.chats,
    members.map(({ user }) => user),
  );
  const load = (after?: string): void =>
    attempt(async () => {
      const page = await threads.members(group, thread, after === undefined ? {} : { after });
      setMembers((before) => (after === undefined ? page.members : [...before, ...page.members]));
      setNext(page.next);
    });
  useEffect(() => load(), [thread]);
  const remove = (user: string): void =>
    attempt(async () => {
      await threads.remove(group, thread, [user]);
      setMembers((before) => before.filter((one) => one.user !== user));
    });
  return (
    <section aria-labelledby="thread-members">
      <h3 class="section" id="thread-members">
        {say("inThread")}
      </h3>
      <ul class="people members">
        {members.map(({ user }) => (
          <li key={user} class="person" data-user={user}>
            <Avatar user={user} />
            <bdi class="person-words">{user === account.user ? `${people.nameOf(user)} (${say("you")})` : people.nameOf(user)}</bdi>
            {manages && user !== account.user && (
              <IconButton name="cross" label={say("removeFromThread", { name: people.nameOf(user) })} press={() => remove(user)} />
            )}
          </li>
        ))}
      </ul>
      {next !== undefined && (
        <button type="button" class="text-button" onClick={() => load(next)}>
          {say("moreMembers")}
        </button>
      )}
    </section>
  );
}

interface RenameProps {
  readonly group: string;
  readonly thread: string;
  readonly name: string;
  close(): void;
}

function Rename({ group, thread, name: was, close }: RenameProps) {
  const { account, say, attempt } = useShared();
  const [name, setName] = useState(was);
  const save = (event: Event): void => {
    event.preventDefault();
    const given = [...name.trim()].slice(0, NAME_CHARS).join("");
    if (given === "") return;
    close();
    attempt(() => threadsOf(account.chats).rename(group, thread, given));
  };
  return (
    <Sheet title={say("renameThread")} close={close}>
      <form class="stack" onSubmit={save}>
        <input class="field" aria-label={say("threadName")} maxLength={NAME_CHARS} value={name} onInput={(event) => setName(event.currentTarget.value)} />
        <button type="submit" class="primary" disabled={name.trim() === ""}>
          {say("saveRemark")}
        </button>
      </form>
    </Sheet>
  );
}
