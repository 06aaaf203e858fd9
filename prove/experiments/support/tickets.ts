import { issueTicket } from "../../../src/domain/access/ticket.ts";
import type { ChannelRef } from "../../../src/protocol/names.ts";
import { webTokenCrypto } from "../../../src/server/access/web-crypto.ts";

const TICKET_MS = 300_000;

/** Makes tickets for a channel as the service would: who has its secret needs no session, and a crowd of thousands no thousands of them. */
export function ticketsOf({ app, secret }: { readonly app: string; readonly secret: string }, channel: ChannelRef): (user: string) => Promise<string> {
  const key = new TextEncoder().encode(secret);
  const crypto = webTokenCrypto();
  return (user) =>
    issueTicket(
      {
        appId: app,
        userId: user,
        deviceId: "d",
        sessionGeneration: 1,
        channel,
        leaf: 0,
        planEpoch: "",
        rights: { read: true, write: true, quiet: false },
        expiresAtMs: Date.now() + TICKET_MS,
      },
      key,
      crypto,
    );
}
