import type { Events } from "../protocol/messages/events.ts";
import type { Notice } from "../protocol/messages/notice.ts";
import type { Position } from "../protocol/messages/session.ts";
import type { InputOf, OperationName, OutputOf } from "../protocol/operations/catalogue.ts";
import type { Drop } from "./connection.ts";
import type { RequestOptions } from "./requests.ts";
import type { ResumedAt } from "./stream-reader.ts";

/** How a channel's frames come and its publishes go: over a socket of its own, or over the session's. */
export interface ChannelPath {
  start(): void;
  publish(input: InputOf<"channel.publish">, options: RequestOptions): Promise<OutputOf<"channel.publish">>;
  /** An operation on the channel: where rights go by who is there, it comes with the word that one is. */
  ask<Name extends OperationName>(op: Name, input: InputOf<Name>, options: RequestOptions): Promise<OutputOf<Name>>;
  /** Asks for what follows the position. */
  resume(): void;
  acknowledge(upTo: number): void;
  /** Resolves when what has been published has its outcome, as far as it can. */
  settled(): Promise<void>;
  wake(): void;
  stop(drop: Drop): void;
}

export interface PathHooks {
  position(): Position | undefined;
  /** A join begins on a new socket. */
  joining(): void;
  joined(at: ResumedAt & { readonly members: number }): void;
  /** The answer to a resume in place. */
  resumed(at: ResumedAt): void;
  interrupted(reason: string, code?: number): void;
  frame(events: Events, bytes: number): void;
  notice(notice: Notice): void;
  ended(drop: Drop): void;
  failed(error: Error): void;
}
