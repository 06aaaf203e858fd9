import { useEffect, useState } from "preact/hooks";
import type { ChatConversation, MessageRecord } from "../../../../client/chat/index.ts";
import { usePeople } from "../../../../react/index.ts";
import { clock, day } from "../../format.ts";
import { Avatar } from "../avatar.tsx";
import { Icon } from "../icon.tsx";
import { useShared } from "../shared.tsx";
import { Sheet } from "../sheet.tsx";

interface ConfirmingProps {
  readonly message: MessageRecord;
  readonly handle: ChatConversation;
}

/** Below a message whose sender wants to know who has read it: readers say so, the sender sees who has. */
export function Confirming({ message, handle }: ConfirmingProps) {
  const { account, say, attempt } = useShared();
  const [open, setOpen] = useState(false);
  const { seq, from, note } = message;
  if (from === account.user)
    return (
      <>
        <button type="button" class="confirm" onClick={() => setOpen(true)}>
          <Icon name="checks" />
          {say("confirmedList")}
        </button>
        {open && <Confirmed message={message} handle={handle} close={() => setOpen(false)} />}
      </>
    );
  if (note?.confirmed === true)
    return (
      <p class="confirm soft">
        <Icon name="check" />
        {say("confirmedIt")}
      </p>
    );
  return (
    <button
      type="button"
      class="confirm"
      onClick={() =>
        attempt(async () => {
          await handle.confirm(seq);
          await handle.note(seq, { ...note, confirmed: true });
        })
      }
    >
      <Icon name="check" />
      {say("confirmRead")}
    </button>
  );
}

type Confirmations = Awaited<ReturnType<ChatConversation["confirmations"]>>;

function Confirmed({ message: { seq }, handle, close }: ConfirmingProps & { close(): void }) {
  const { account, people, say, language, attempt } = useShared();
  const [known, setKnown] = useState<Confirmations | undefined>(undefined);
  usePeople(account.chats, known?.users.map(({ user }) => user) ?? []);
  useEffect(() => {
    const read = (): void => attempt(async () => setKnown(await handle.confirmations(seq)));
    read();
    return account.chats.on("confirmed", (told) => told.seq === seq && told.conversation.id === handle.ref.id && read());
  }, [seq]);
  return (
    <Sheet title={say("confirmedBy", { count: known?.count ?? 0 })} close={close}>
      {known?.count === 0 && <p class="nothing small">{say("nobodyConfirmed")}</p>}
      <ul class="people" data-receipt="confirmed">
        {known?.users.map(({ user, at, content }) => (
          <li key={user} class="request">
            <Avatar user={user} />
            <span class="person-words">
              <bdi>{people.nameOf(user)}</bdi>
              {content !== undefined && <bdi class="soft">{content}</bdi>}
            </span>
            <time class="soft">{`${day(at, language, say)} ${clock(at, language)}`}</time>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}
