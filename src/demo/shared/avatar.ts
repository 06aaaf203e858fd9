import { el } from "./dom.ts";

const HUES = 8;

/** The same colour for the same name, everywhere. */
function hueOf(name: string): number {
  let sum = 0;
  for (const char of name) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return sum % HUES;
}

export function avatar(name: string): HTMLElement {
  return el("span", { class: `avatar hue-${hueOf(name)}`, "aria-hidden": "true", text: initialOf(name) });
}

/** What a reader takes for one letter, a family of emoji included. */
function initialOf(name: string): string {
  for (const { segment } of new Intl.Segmenter().segment(name)) return segment.toUpperCase();
  return "?";
}
