import type { Client } from "../client/client.ts";
import type { RtmChannel } from "./channel.ts";
import type { RtmOperation } from "./errors.ts";
import type { Metadata } from "./metadata.ts";
import type { Rates } from "./rates.ts";
import type { RtmMessage } from "./types.ts";

/** What the parts of one RtmClient share. */
export interface RtmContext {
  /** The core client of the login that goes on; without one throws the operation's error 102. */
  client(operation: RtmOperation): Client;
  /** Multiplies the facade's own time-outs (tests). */
  readonly scale: number;
}

/** What the channels of one client share. */
export interface ChannelContext extends RtmContext {
  readonly rates: Rates;
  readonly metadata: Metadata;
  /** Those that are joined, or about to be. */
  readonly joined: Map<string, RtmChannel>;
  /** What has to be done to a message before it goes to a channel. */
  prepared(message: RtmMessage, channelId: string): RtmMessage | Promise<RtmMessage>;
}
