import { useShared } from "./shared.tsx";

const HUES = 8;

/** The same colour for the same person, everywhere. */
function hueOf(user: string): number {
  let sum = 0;
  for (const char of user) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return sum % HUES;
}

/** What a reader takes for one letter, a family of emoji included. */
export function firstLetter(name: string): string {
  for (const { segment } of new Intl.Segmenter().segment(name)) return segment.toUpperCase();
  return "?";
}

/** An avatar is a single sign: an address elsewhere would tell its owner who looks at it. */
export function Avatar({ user, presence, large = false }: { readonly user: string; readonly presence?: string | undefined; readonly large?: boolean }) {
  const { people } = useShared();
  const given = people.profileOf(user)?.avatarUrl ?? "";
  const sign = given !== "" && [...new Intl.Segmenter().segment(given)].length === 1 ? given : undefined;
  return (
    <span class={`face ${large ? "large" : ""}`} data-presence={presence}>
      <span class={`avatar hue-${hueOf(user)} ${sign === undefined ? "" : "sign"}`} aria-hidden="true">
        {sign ?? firstLetter(people.nameOf(user))}
      </span>
      {presence !== undefined && <span class="dot" aria-hidden="true" />}
    </span>
  );
}
