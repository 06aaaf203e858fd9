import { type ChannelRef, channelStream, isName, parseChannelStream, type UserId } from "../../protocol/names.ts";

/** What a message in history was sent to. */
export type Destination = { readonly user: UserId } | { readonly channel: ChannelRef };

const USER = "user:";

/** The stream in which history keeps what was sent there. */
export const historyStream = (to: Destination): string => ("user" in to ? USER + to.user : channelStream(to.channel));

export function destinationOf(stream: string): Destination | undefined {
  const user = stream.startsWith(USER) ? stream.slice(USER.length) : undefined;
  if (user !== undefined) return isName(user) ? { user } : undefined;
  const channel = parseChannelStream(stream);
  return channel === undefined ? undefined : { channel };
}
