import type { ChannelRights } from "./rights.ts";

/** The app that a token must be from. */
export interface AppExpectation {
  appId: string;
  /** The primary, then the secondary; an empty one counts as not set. */
  certificates: readonly string[];
  nowMs: number;
}

export interface TokenExpectation extends AppExpectation {
  userId: string;
  /** The app lets anyone in who knows its id. */
  appIdOnly?: boolean;
}

export interface TokenClaims {
  kind: "006" | "007" | "app-id";
  expiresAtMs: number;
  /** False where the end of the token does not end a live session: it only matters at the next connect. */
  enforceExpiry: boolean;
  rights: ChannelRights;
  service: "rtm" | "rtm2" | "rtc" | "chat";
}
