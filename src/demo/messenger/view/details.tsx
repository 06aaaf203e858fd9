import { useEffect, useState } from "preact/hooks";
import type { ChatConversation, MessageRecord } from "../../../client/chat/index.ts";
import { clock, day } from "../format.ts";
import { Avatar } from "./avatar.tsx";
import { useShared, wordsOf } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

interface Receipts {
  readonly delivered: readonly string[];
  readonly read: readonly string[];
}

/** When it was said and changed, who has it, who has read it, and who has given which reaction. */
export function MessageDetails({ message, handle, close }: { readonly message: MessageRecord; readonly handle: ChatConversation; close(): void }) {
  const { account, people, say, language } = useShared();
  const { seq, ts, from, edited, pinned, reactions = [] } = message;
  const [receipts, setReceipts] = useState<Receipts | undefined>(undefined);
  const [failed, setFailed] = useState("");
  const own = from === account.user;
  useEffect(() => {
    if (!own) return;
    let wanted = true;
    const read = (): void => {
      handle.receipts(seq).then(
        (found) => wanted && setReceipts(found),
        (error: unknown) => wanted && setFailed(wordsOf(error)),
      );
    };
    read();
    const stop = account.chats.on("conversation", ({ conversation: { type, id } }) => type === handle.ref.type && id === handle.ref.id && read());
    return () => {
      wanted = false;
      stop();
    };
  }, [seq, own]);
  const at = (ms: number): string => `${day(ms, language, say)} ${clock(ms, language)}`;
  const nameOf = (user: string): string => (user === account.user ? say("you") : people.nameOf(user));
  const delivered = receipts?.delivered.filter((user) => !receipts.read.includes(user)) ?? [];
  return (
    <Sheet title={say("details")} close={close}>
      <dl class="facts-list">
        <Fact name={say("sentAt")} value={at(ts)} />
        {edited !== undefined && <Fact name={say("edited")} value={`${nameOf(edited.by)}, ${at(edited.at)}`} />}
        {pinned !== undefined && <Fact name={say("pinned")} value={`${nameOf(pinned.by)}, ${at(pinned.at)}`} />}
        {reactions.map(({ reaction, count, users }) => (
          <Fact key={reaction} name={reaction} value={users.map(nameOf).join(", ") + (count > users.length ? ` +${count - users.length}` : "")} />
        ))}
      </dl>
      {own && failed !== "" && <p class="soft">{failed}</p>}
      {own && receipts !== undefined && (
        <>
          <People title={say("readBy", { count: receipts.read.length })} users={receipts.read} state="read" />
          <People title={say("deliveredTo", { count: delivered.length })} users={delivered} state="delivered" />
        </>
      )}
    </Sheet>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <bdi>{value}</bdi>
      </dd>
    </div>
  );
}

function People({ title, users, state }: { readonly title: string; readonly users: readonly string[]; readonly state: string }) {
  const { people } = useShared();
  if (users.length === 0) return null;
  return (
    <section data-receipt={state}>
      <h3 class="section">{title}</h3>
      <ul class="people">
        {users.map((user) => (
          <li key={user} class="request">
            <Avatar user={user} />
            <bdi>{people.nameOf(user)}</bdi>
          </li>
        ))}
      </ul>
    </section>
  );
}
