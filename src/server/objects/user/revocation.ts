import * as z from "zod";
import type { Revocation } from "../../trust.ts";

const stored = z.object({
  user: z.string(),
  device: z.string(),
  generation: z.int(),
  reason: z.enum(["logout", "kick", "replaced", "rights"]),
  read: z.boolean().default(false),
  write: z.boolean().default(false),
});

/** A revocation as it was kept until its channel can be told. */
export const parseRevocation = (text: string): Revocation => stored.parse(JSON.parse(text));
