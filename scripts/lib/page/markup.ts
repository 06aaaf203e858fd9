/** Text that is HTML already. */
export interface Markup {
  readonly html: string;
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");

type Part = Markup | string | number | undefined | readonly Part[];

const render = (part: Part): string => {
  if (part === undefined) return "";
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  return "html" in part ? part.html : part.map(render).join("");
};

/** What is put in is text, unless it was made here. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Markup => ({
  html: strings.reduce((whole, text, i) => whole + text + (i < parts.length ? render(parts[i]) : ""), ""),
});

/** Ours, as it is: styles and programs. Nothing in it may end the element it stands in. */
export const verbatim = (text: string): Markup => ({ html: text.replace(/<\/(script|style)/gi, "<\\/$1") });

/** For a `<script type="application/json">`: no text in it can end the element. */
export const json = (value: unknown): Markup => ({ html: JSON.stringify(value).replace(/</g, "\\u003c") });
