import { useShared } from "./shared.tsx";

const HUES = 8;

/** The same colour for the same person, everywhere. */
function hueOf(user: string): number {
  let sum = 0;
  for (const char of user) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return sum % HUES;
}

/** Making one is dear, and a list has many faces. */
const segmenter = new Intl.Segmenter();

/** What a reader takes for one letter, a family of emoji included. */
export function firstLetter(name: string): string {
  for (const { segment } of segmenter.segment(name)) return segment.toUpperCase();
  return "?";
}

function isOneLetter(text: string): boolean {
  for (const { segment } of segmenter.segment(text)) return segment === text;
  return false;
}

/** An avatar is a single sign: an address elsewhere would tell its owner who looks at it. */
export function Avatar({ user, presence, large = false }: { readonly user: string; readonly presence?: string | undefined; readonly large?: boolean }) {
  const { people } = useShared();
  const given = people.profileOf(user)?.avatarUrl ?? "";
  const sign = isOneLetter(given) ? given : undefined;
  return (
    <span class={`face ${large ? "large" : ""}`} data-presence={presence}>
      <span class={`avatar hue-${hueOf(user)} ${sign === undefined ? "" : "sign"}`} aria-hidden="true">
        {sign ?? firstLetter(people.nameOf(user))}
      </span>
      {presence !== undefined && <span class="dot" aria-hidden="true" />}
    </span>
  );
}
