import { type GroupDetails, groupsOf } from "../../../../client/chat/index.ts";
import { useGroup } from "../../../../react/index.ts";
import type { Word } from "../../words.ts";
import { useShared } from "../shared.tsx";
import { Sheet } from "../sheet.tsx";
import type { PageProps } from "./page.ts";

type Rule = "public" | "approval" | "invitesOpen" | "consent" | "historyOpen";
const RULES: readonly (readonly [Rule, Word])[] = [
  ["public", "rulePublic"],
  ["approval", "ruleApproval"],
  ["invitesOpen", "ruleInvites"],
  ["consent", "ruleConsent"],
  ["historyOpen", "ruleHistory"],
];

/** How one comes into a group, and what one sees there: each switch is thrown at once. */
export function Rules({ group, close, back }: PageProps) {
  const { account, say, attempt } = useShared();
  const details: GroupDetails | undefined = useGroup(account.chats, group)?.details;
  return (
    <Sheet title={say("rules")} close={close} back={back}>
      <div class="switches">
        {RULES.map(([rule, word]) => {
          const on = details?.[rule] === true;
          return (
            <button
              key={rule}
              type="button"
              role="switch"
              aria-checked={on}
              class="switch-row"
              disabled={details === undefined}
              onClick={() => attempt(() => groupsOf(account.chats).update(group, { [rule]: !on }))}
            >
              <span class="switch" aria-hidden="true" />
              {say(word)}
            </button>
          );
        })}
      </div>
    </Sheet>
  );
}
