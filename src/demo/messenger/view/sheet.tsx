import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { IconButton } from "./icon.tsx";
import { useShared } from "./shared.tsx";

interface SheetProps {
  readonly title: string;
  close(): void;
  /** To the sheet from which this one was opened. */
  readonly back?: (() => void) | undefined;
  readonly children: ComponentChildren;
}

/** A dialog: from below on a phone, in the middle elsewhere. Escape and a touch beside it close it. */
export function Sheet({ title, close, back, children }: SheetProps) {
  const { say } = useShared();
  const dialog = useRef<HTMLDialogElement>(null);
  /** Another dialog has taken its place: that it closes is nobody's wish. */
  const gone = useRef(false);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => {
      gone.current = true;
      shown?.close();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the key for it is Escape, which the browser knows
    <dialog
      ref={dialog}
      class="sheet"
      aria-label={title}
      onClose={() => !gone.current && close()}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <div class="sheet-inside">
        <header class="sheet-head">
          {back !== undefined && <IconButton name="back" label={say("back")} press={back} />}
          <h2>{title}</h2>
          <IconButton name="cross" label={say("close")} press={close} />
        </header>
        {children}
      </div>
    </dialog>
  );
}
