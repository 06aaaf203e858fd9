import type { FaultSpan } from "../timeline.ts";

/** What a mark is wide at least, in %: a kill takes no time, and has to be seen. */
const LEAST = 0.3;

/** A line for each kind of fault, with a mark for each time it was inflicted. */
export function lanes(host: HTMLElement, faults: readonly FaultSpan[], { min, max }: { readonly min: number; readonly max: number }, gutter: number): void {
  const names = [...new Set(faults.map(({ name }) => name))].sort();
  const place = (at: number): number => ((at - min) / (max - min)) * 100;
  host.replaceChildren(
    ...names.map((name) => {
      const lane = element("div", "lane");
      const label = element("span", "name");
      label.textContent = name;
      const track = element("div", "track");
      track.style.marginLeft = `${gutter}px`;
      for (const { from, to, detail, name: kind } of faults) {
        if (kind !== name || to < min || from > max) continue;
        const left = Math.max(0, place(from));
        const mark = element("i", kind.startsWith("kill") ? "mark kill" : "mark");
        mark.style.left = `${left}%`;
        mark.style.width = `${Math.max(LEAST, Math.min(100, place(to)) - left)}%`;
        mark.title = `${kind}${detail === undefined ? "" : `: ${detail}`}, ${(to - from).toFixed(1)} s`;
        track.append(mark);
      }
      lane.append(label, track);
      return lane;
    }),
  );
}

function element<Tag extends "div" | "span" | "i">(tag: Tag, className: string): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}
