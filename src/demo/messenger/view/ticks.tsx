import type { Outgoing, ReceiptNumbers } from "../../../client/chat/index.ts";
import { Icon, type IconName } from "./icon.tsx";
import { useShared } from "./shared.tsx";

const RECEIPTS = { sent: "check", delivered: "checks", read: "checks" } as const;

/** `numbers`: in a group, how many have read it. */
export function ReceiptTick({ state, numbers }: { readonly state: keyof typeof RECEIPTS; readonly numbers?: ReceiptNumbers | undefined }) {
  const { say } = useShared();
  const { of = 0, read = 0 } = numbers ?? {};
  const label = of === 0 || read === 0 ? say(state) : read >= of ? say("readByAll", { of }) : say("readByPart", { read, of });
  return (
    <>
      {read > 0 && read < of && (
        <span class="tick-count" aria-hidden="true">
          {read}/{of}
        </span>
      )}
      <Tick state={state} name={RECEIPTS[state]} label={label} />
    </>
  );
}

export function OutgoingTick({ outgoing }: { readonly outgoing: Outgoing }) {
  const { say } = useShared();
  const { state, progress } = outgoing;
  if (state === "failed") return <Tick state="failed" name="alert" label={say("failed", { reason: outgoing.error?.message ?? "" })} />;
  const part = progress === undefined || progress.total === 0 ? "" : ` ${Math.floor((100 * progress.bytes) / progress.total)}%`;
  if (state === "uploading") return <Tick state="uploading" name="clock" label={say("uploading") + part} />;
  return <Tick state={state} name="clock" label={state === "sending" ? say("sending") : say("waiting")} />;
}

function Tick({ state, name, label }: { readonly state: string; readonly name: IconName; readonly label: string }) {
  return (
    <span class="tick" data-state={state} title={label}>
      <Icon name={name} />
      <span class="unseen">{label}</span>
    </span>
  );
}
