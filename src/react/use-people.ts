import { useEffect } from "react";
import type { Chats, Contact, Profile } from "../client/chat/index.ts";
import { useSubscribed } from "./subscribed.ts";

export interface PeopleState {
  /** Contacts, and invitations that wait. */
  readonly contacts: readonly Contact[];
  readonly blocked: ReadonlySet<string>;
  /** One's own remark, the nickname, or the user id. */
  nameOf(user: string): string;
  profileOf(user: string): Profile | undefined;
}

/**
 * Names and faces, contacts and blocked users, as this device knows them; `users` are those whose profiles are wanted.
 *
 * @example
 * const { nameOf } = usePeople(chats, conversations.map(({ conversation }) => conversation.id));
 */
export function usePeople(chats: Chats, users: readonly string[] = []): PeopleState {
  const key = JSON.stringify(users);
  const { directory } = chats;
  useEffect(() => directory.want(JSON.parse(key) as string[]), [directory, key]);
  return useSubscribed(chats, ["people"], () => ({
    contacts: directory.contacts,
    blocked: directory.blocked,
    nameOf: (user) => directory.nameOf(user),
    profileOf: (user) => directory.profile(user),
  }));
}
