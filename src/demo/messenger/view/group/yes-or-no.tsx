import { useEffect, useRef, useState } from "preact/hooks";
import { useShared } from "../shared.tsx";

/** A yes, or a no for which there may be a reason. */
export function YesOrNo({ answer }: { answer(yes: boolean, reason?: string): void }) {
  const { say } = useShared();
  const [declining, setDeclining] = useState(false);
  const [why, setWhy] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), [declining]);
  if (!declining)
    return (
      <span class="request-choices">
        <button type="button" class="text-button" onClick={() => setDeclining(true)}>
          {say("decline")}
        </button>
        <button type="button" class="primary small" onClick={() => answer(true)}>
          {say("accept")}
        </button>
      </span>
    );
  return (
    <form
      class="line-form reason"
      onSubmit={(event) => {
        event.preventDefault();
        answer(false, why.trim());
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
  );
}
