import { useEffect, useState } from "preact/hooks";
import { type Mentions, threadsOf } from "../../../client/chat/index.ts";
import { useGroupMembers } from "../../../react/index.ts";
import { type Pick, partsOf } from "../mention-text.ts";
import { Avatar } from "./avatar.tsx";
import { useShared } from "./shared.tsx";

const SHOWN = 6;
/** Of a thread's members. */
const PAGES = 4;

/** A text in which those who are mentioned stand out. */
export function Mentioning({ text, mentions }: { readonly text: string; readonly mentions: Mentions }) {
  const { account, people, say } = useShared();
  const names = mentions === "all" ? [say("everybody")] : mentions.map(people.nameOf);
  const me = mentions === "all" || mentions.includes(account.user);
  return (
    <>
      {partsOf(text, names).map(({ at, text: part, on }) =>
        on ? (
          <span key={at} class={`mention ${me ? "me" : ""}`}>
            {part}
          </span>
        ) : (
          part
        ),
      )}
    </>
  );
}

/** Who has joined a thread; undefined: it is about no thread. Those of the first pages: who mentions somebody else writes the name. */
function useThreadMembers(group: string, thread: string | undefined): ReadonlySet<string> | undefined {
  const { account } = useShared();
  const [users, setUsers] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    let wanted = thread !== undefined;
    const read = async (): Promise<void> => {
      const found = new Set<string>();
      let after: string | undefined;
      for (let pages = 0; wanted && thread !== undefined && pages < PAGES; pages++) {
        const page = await threadsOf(account.chats).members(group, thread, after === undefined ? {} : { after });
        for (const { user } of page.members) found.add(user);
        after = page.next;
        if (wanted) setUsers(new Set(found));
        if (after === undefined) return;
      }
    };
    read().catch(() => {});
    return () => {
      wanted = false;
    };
  }, [group, thread]);
  return thread === undefined ? undefined : users;
}

interface ChoiceProps {
  readonly group: string;
  /** Of the group: then only who has joined it. */
  readonly thread?: string | undefined;
  readonly words: string;
  choose(pick: Pick): void;
}

/** Members of a group whose names begin so, to mention one. */
export function MentionChoice({ group, thread, words, choose }: ChoiceProps) {
  const { account, people, say } = useShared();
  const { members, more, loadMore } = useGroupMembers(account.chats, group);
  const inThread = useThreadMembers(group, thread);
  const sought = words.toLowerCase();
  const fits = (name: string): boolean => name.toLowerCase().startsWith(sought);
  const found = members.filter(({ user }) => user !== account.user && inThread?.has(user) !== false && (fits(people.nameOf(user)) || fits(user)));
  if (more && found.length < SHOWN) loadMore();
  const all = fits(say("everybody"));
  if (found.length === 0 && !all) return null;
  return (
    <ul class="mention-choice" aria-label={say("mention")}>
      {all && (
        <li>
          <button type="button" class="person" onClick={() => choose({ name: say("everybody"), user: undefined })}>
            <span class="mention">@{say("everybody")}</span>
          </button>
        </li>
      )}
      {found.slice(0, SHOWN).map(({ user }) => (
        <li key={user}>
          <button type="button" class="person" onClick={() => choose({ name: people.nameOf(user), user })}>
            <Avatar user={user} />
            <bdi>{people.nameOf(user)}</bdi>
          </button>
        </li>
      ))}
    </ul>
  );
}
