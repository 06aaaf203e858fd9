import * as z from "zod";
import { follows, userId } from "../ids.ts";
import { customType, payload } from "../payload.ts";
import { operation } from "./operation.ts";

export const peerSend = operation({
  name: "peer.send",
  summary: "Sends a message to a user. The answer says how many of its devices have it and how many copies wait.",
  input: z.strictObject({
    to: userId,
    data: payload,
    customType: customType.optional(),
    /** For devices that are not connected: `keep` (default) puts it into their inbox; `bridge` too, but only for a return before their lease ends. */
    ifAbsent: z.enum(["keep", "bridge", "drop"]).optional(),
    /** A copy to the sender's other devices. */
    sync: z.boolean().optional(),
    /** Keep it in the receiver's history, whether or not a device is there to get it. */
    store: z.boolean().optional(),
    /** In whose name; for servers only. */
    from: userId.optional(),
    follows,
  }),
  output: z.strictObject({
    /** Devices that have acknowledged it. */
    delivered: z.int(),
    /** Copies that wait in the inbox, durably. */
    waiting: z.int(),
    duplicate: z.literal(true).optional(),
    /** It is in the receiver's history, durably. */
    stored: z.literal(true).optional(),
  }),
  callers: ["user", "server"],
  rate: "message",
  idempotence: "client-id",
  body: "payload",
  runsAt: { place: "user", key: (input) => input.to },
  rest: { method: "POST", path: "/users/:to/messages" },
});
