import { useEffect, useState } from "preact/hooks";
import { type ChatConversation, keyOf, type MessageRecord, type ReceiptNumbers } from "../../../client/chat/index.ts";
import { usePeople } from "../../../react/index.ts";
import { clock, day } from "../format.ts";
import { Avatar } from "./avatar.tsx";
import { useShared, wordsOf } from "./shared.tsx";
import { Sheet } from "./sheet.tsx";

interface Receipts {
  readonly counts: ReceiptNumbers;
  readonly delivered: readonly string[];
  readonly read: readonly string[];
  readonly more: boolean;
}

/** Of a message to very many one reads a page at a time. */
async function receiptsOf(handle: ChatConversation, seq: number, pages: number): Promise<Receipts> {
  const [delivered, read]: [string[], string[]] = [[], []];
  for (let page = 0, after: string | undefined; ; page++) {
    const found = await handle.receipts(seq, after === undefined ? {} : { after });
    delivered.push(...found.delivered);
    read.push(...found.read);
    after = found.next;
    if (after === undefined || page + 1 >= pages) return { counts: found.counts, delivered, read, more: after !== undefined };
  }
}

/** When it was said and changed, who has it, who has read it, and who has given which reaction. */
export function MessageDetails({ message, handle, close }: { readonly message: MessageRecord; readonly handle: ChatConversation; close(): void }) {
  const { account, people, say, language } = useShared();
  const { seq, ts, from, edited, pinned, reactions = [] } = message;
  const [pages, setPages] = useState(1);
  const [receipts, setReceipts] = useState<Receipts | undefined>(undefined);
  const [failed, setFailed] = useState("");
  const own = from === account.user;
  useEffect(() => {
    if (!own) return;
    let wanted = true;
    const read = (): void => {
      receiptsOf(handle, seq, pages).then(
        (found) => wanted && setReceipts(found),
        (error: unknown) => wanted && setFailed(wordsOf(error)),
      );
    };
    read();
    const stops = [
      account.chats.on("conversation", ({ conversation }) => keyOf(conversation) === keyOf(handle.ref) && read()),
      account.chats.on("receipts", ({ conversation }) => keyOf(conversation) === keyOf(handle.ref) && read()),
    ];
    return () => {
      wanted = false;
      for (const stop of stops) stop();
    };
  }, [seq, own, pages]);
  usePeople(account.chats, receipts?.delivered ?? []);
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
          <People title={say("readBy", { count: receipts.counts.read })} users={receipts.read} state="read" />
          <People title={say("deliveredTo", { count: receipts.counts.delivered - receipts.counts.read })} users={delivered} state="delivered" />
          {receipts.more && (
            <button type="button" class="text-button" onClick={() => setPages(pages + 1)}>
              {say("morePeople")}
            </button>
          )}
          {receipts.counts.of > receipts.counts.delivered && (
            <p class="soft small-print" data-receipt="none">
              {say("notYet", { count: receipts.counts.of - receipts.counts.delivered })}
            </p>
          )}
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
