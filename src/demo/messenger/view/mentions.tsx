import type { Mentions } from "../../../client/chat/index.ts";
import { useGroupMembers } from "../../../react/index.ts";
import { type Pick, partsOf } from "../mention-text.ts";
import { Avatar } from "./avatar.tsx";
import { useShared } from "./shared.tsx";

const SHOWN = 6;

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

interface ChoiceProps {
  readonly group: string;
  readonly words: string;
  choose(pick: Pick): void;
}

/** Members of a group whose names begin so, to mention one. */
export function MentionChoice({ group, words, choose }: ChoiceProps) {
  const { account, people, say } = useShared();
  const { members, more, loadMore } = useGroupMembers(account.chats, group);
  const sought = words.toLowerCase();
  const fits = (name: string): boolean => name.toLowerCase().startsWith(sought);
  const found = members.filter(({ user }) => user !== account.user && (fits(people.nameOf(user)) || fits(user)));
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
