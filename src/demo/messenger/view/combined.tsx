import { useState } from "preact/hooks";
import type { CombinedContent } from "../../../client/chat/index.ts";
import { Icon } from "./icon.tsx";
import { later } from "./later.tsx";
import { useShared } from "./shared.tsx";

const CombinedSheet = later(async () => (await import("./rare.ts")).CombinedSheet);

interface CardProps {
  readonly content: CombinedContent;
  /** What it holds, where that is known: then opening it is the caller's affair. */
  open?(): void;
}

/** Several messages as one: what is seen before it is opened. */
export function CombinedCard({ content, open }: CardProps) {
  const { say } = useShared();
  const [shown, setShown] = useState(false);
  return (
    <>
      <button
        type="button"
        class="combined-card"
        aria-label={say("openCombined", { title: content.title })}
        disabled={open === undefined && content.media === ""}
        onClick={() => (open ?? (() => setShown(true)))()}
      >
        <bdi class="combined-title">{content.title}</bdi>
        <span class="combined-summary" dir="auto">
          {content.summary}
        </span>
        <span class="combined-count">
          <Icon name="chats" />
          {content.count === 1 ? say("combinedCount1") : say("combinedCount", { count: content.count })}
        </span>
      </button>
      {shown && <CombinedSheet content={content} close={() => setShown(false)} />}
    </>
  );
}
