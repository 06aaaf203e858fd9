/** What was begun and not sent: on this device alone. */
const nameOf = (user: string, key: string): string => `wigwag-messenger:draft:${JSON.stringify([user, key])}`;

export const draftOf = (user: string, key: string): string => localStorage.getItem(nameOf(user, key)) ?? "";

export function keepDraft(user: string, key: string, text: string): void {
  if (text === "") localStorage.removeItem(nameOf(user, key));
  else localStorage.setItem(nameOf(user, key), text);
}
