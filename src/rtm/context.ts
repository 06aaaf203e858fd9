import type { Client } from "../client/client.ts";
import type { RtmOperation } from "./errors.ts";

/** What the parts of one RtmClient share. */
export interface RtmContext {
  /** The core client of the login that goes on; without one throws the operation's error 102. */
  client(operation: RtmOperation): Client;
  /** Multiplies the facade's own time-outs (tests). */
  readonly scale: number;
}
