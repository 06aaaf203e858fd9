import type { ConversationRef } from "../../../client/chat/index.ts";
import { pictureIn } from "../profile-picture.ts";
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

/** An avatar is a single sign, or a picture in the profile itself: an address elsewhere would tell its owner who looks at it. */
export function Avatar({ user, presence, large = false }: { readonly user: string; readonly presence?: string | undefined; readonly large?: boolean }) {
  const { people } = useShared();
  const profile = people.profileOf(user);
  const picture = pictureIn(profile);
  const given = profile?.avatarUrl ?? "";
  const sign = isOneLetter(given) ? given : undefined;
  return (
    <span class={`face ${large ? "large" : ""}`} data-presence={presence}>
      {picture === undefined ? (
        <span class={`avatar hue-${hueOf(user)} ${sign === undefined ? "" : "sign"}`} aria-hidden="true">
          {sign ?? firstLetter(people.nameOf(user))}
        </span>
      ) : (
        <img class="avatar" src={picture} alt="" />
      )}
      {presence !== undefined && <span class="dot" aria-hidden="true" />}
    </span>
  );
}

interface GroupAvatarProps {
  readonly group: string;
  readonly large?: boolean;
  /** What is known of it otherwise than by having been there. */
  readonly given?: { readonly name: string; readonly avatar: string };
}

export function GroupAvatar({ group, large = false, given }: GroupAvatarProps) {
  const { groups } = useShared();
  const avatar = given?.avatar ?? groups.stateOf(group)?.details.avatar ?? "";
  const sign = isOneLetter(avatar) ? avatar : undefined;
  return (
    <span class={`face ${large ? "large" : ""}`}>
      <span class={`avatar group hue-${hueOf(group)} ${sign === undefined ? "" : "sign"}`} aria-hidden="true">
        {sign ?? firstLetter(given?.name || groups.nameOf(group))}
      </span>
    </span>
  );
}

interface FaceProps {
  readonly of: ConversationRef;
  readonly presence?: string | undefined;
  readonly large?: boolean;
}

export function ConversationFace({ of: { type, id }, presence, large = false }: FaceProps) {
  return type === "group" ? <GroupAvatar group={id} large={large} /> : <Avatar user={id} presence={presence} large={large} />;
}
