import { useEffect, useState } from "preact/hooks";
import { type GroupState, groupsOf } from "../../../../client/chat/index.ts";
import { membersOf } from "../../format.ts";
import { go } from "../../route.ts";
import { GroupAvatar } from "../avatar.tsx";
import { Icon } from "../icon.tsx";
import { codeOf, useShared } from "../shared.tsx";

/** A group that one is not in: what it is, if it is public, and the way in. */
export function GroupCard({ group, state, connected }: { readonly group: string; readonly state: GroupState | undefined; readonly connected: boolean }) {
  const { account, say } = useShared();
  const [missing, setMissing] = useState(false);
  useEffect(() => {
    let wanted = true;
    groupsOf(account.chats)
      .get(group)
      .then(
        () => wanted && setMissing(false),
        (error: unknown) => wanted && setMissing(["not_found", "gone", "forbidden"].includes(codeOf(error))),
      );
    return () => {
      wanted = false;
    };
  }, [group, connected]);
  if (state === undefined || missing)
    return (
      <div class="empty">
        <div class="empty-words" role="status">
          <Icon name="contacts" />
          {missing && <p>{say("noSuchGroup")}</p>}
        </div>
      </div>
    );
  const { details, members } = state;
  return (
    <div class="empty">
      <section class="group-card" aria-label={say("publicGroup")}>
        <GroupAvatar group={group} large />
        <h2>
          <bdi>{details.name || say("aGroup")}</bdi>
        </h2>
        <p class="soft">{membersOf(members, say)}</p>
        {details.description !== "" && <p class="text">{details.description}</p>}
        {details.public && <Joining group={group} state={state} />}
      </section>
    </div>
  );
}

/** Asks to be let in, or comes in at once where anybody may. */
export function Joining({ group, state: { details } }: { readonly group: string; readonly state: GroupState }) {
  const { account, say, attempt, tell } = useShared();
  const [reason, setReason] = useState("");
  const [asked, setAsked] = useState(false);
  const join = (event: Event): void => {
    event.preventDefault();
    attempt(async () => {
      const calls = groupsOf(account.chats);
      const now = await calls.apply(group, reason.trim());
      if (now === "member") {
        await calls.get(group);
        tell(say("hasJoined"));
        go({ tab: "chats", with: calls.ref(group) });
      } else setAsked(true);
    });
  };
  if (asked) return <p role="status">{say("hasApplied")}</p>;
  return (
    <form class="stack" onSubmit={join}>
      <p class="soft">{say(details.approval ? "byApproval" : "openToAll")}</p>
      {details.approval && (
        <input
          class="field"
          aria-label={say("joinReason")}
          placeholder={say("joinReason")}
          maxLength={256}
          value={reason}
          onInput={(event) => setReason(event.currentTarget.value)}
        />
      )}
      <button type="submit" class="primary">
        {say(details.approval ? "askToJoin" : "join")}
      </button>
    </form>
  );
}
