import { useEffect, useRef, useState } from "preact/hooks";
import { type GroupAsking, groupsOf } from "../../../../client/chat/index.ts";
import { useGroupAsking, usePeople } from "../../../../react/index.ts";
import { Avatar } from "../avatar.tsx";
import { useShared } from "../shared.tsx";
import { Sheet } from "../sheet.tsx";
import { More } from "./more.tsx";
import type { PageProps } from "./page.ts";

/** Who has asked to be let in, with a yes and a no for each, and who was invited and has not answered. */
export function Requests({ group, close, back }: PageProps) {
  const { account, say } = useShared();
  const applications = useGroupAsking(account.chats, group, "application");
  const invitations = useGroupAsking(account.chats, group, "invitation");
  usePeople(account.chats, [...new Set([...applications.rows, ...invitations.rows].flatMap(({ user, by }) => (by === undefined ? [user] : [user, by])))]);
  const loading = applications.loading || invitations.loading;
  return (
    <Sheet title={say("askingList")} close={close} back={back}>
      {!loading && applications.rows.length === 0 && invitations.rows.length === 0 && <p class="nothing small">{say("nobodyAsks")}</p>}
      <ul class="people" aria-label={say("requests")}>
        {applications.rows.map((one) => (
          <Application key={one.user} group={group} asking={one} done={applications.reload} />
        ))}
      </ul>
      <More list={applications} />
      {invitations.rows.length > 0 && (
        <section aria-labelledby="invited-title">
          <h3 class="section" id="invited-title">
            {say("waitingInvitations")}
          </h3>
          <ul class="people">
            {invitations.rows.map(({ user, by, reason }) => (
              <li key={user} class="request" data-user={user}>
                <Avatar user={user} />
                <Words user={user} under={reason} by={by} />
              </li>
            ))}
          </ul>
          <More list={invitations} />
        </section>
      )}
    </Sheet>
  );
}

function Words({ user, under, by }: { readonly user: string; readonly under: string; readonly by: string | undefined }) {
  const { people, say } = useShared();
  return (
    <span class="person-words">
      <bdi>{people.nameOf(user)}</bdi>
      {under !== "" && <bdi class="soft">{under}</bdi>}
      {by !== undefined && <span class="soft">{say("invitedBy", { name: people.nameOf(by) })}</span>}
    </span>
  );
}

function Application({ group, asking: { user, reason }, done }: { readonly group: string; readonly asking: GroupAsking; done(): void }) {
  const { account, say, attempt } = useShared();
  const [declining, setDeclining] = useState(false);
  const [why, setWhy] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), [declining]);
  const decide = (accept: boolean): void =>
    attempt(async () => {
      await groupsOf(account.chats).decide(group, user, accept, accept ? undefined : why.trim());
      done();
    });
  return (
    <li class="request" data-user={user}>
      <Avatar user={user} />
      <Words user={user} under={reason || say("wantsIn")} by={undefined} />
      {declining ? (
        <form
          class="line-form reason"
          onSubmit={(event) => {
            event.preventDefault();
            decide(false);
          }}
        >
          <input
            class="field"
            ref={field}
            aria-label={say("declineReason")}
            placeholder={say("declineReason")}
            maxLength={256}
            value={why}
            onInput={(event) => setWhy(event.currentTarget.value)}
          />
          <button type="submit" class="primary small">
            {say("decline")}
          </button>
          <button type="button" class="text-button" onClick={() => setDeclining(false)}>
            {say("cancel")}
          </button>
        </form>
      ) : (
        <span class="request-choices">
          <button type="button" class="text-button" onClick={() => setDeclining(true)}>
            {say("decline")}
          </button>
          <button type="button" class="primary small" onClick={() => decide(true)}>
            {say("accept")}
          </button>
        </span>
      )}
    </li>
  );
}
