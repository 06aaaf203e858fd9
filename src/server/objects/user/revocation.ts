import * as z from "zod";

/** A revocation as it is kept until its channel can be told. */
export const revocation = z.object({
  user: z.string(),
  device: z.string().optional(),
  generation: z.int(),
  reason: z.enum(["logout", "kick", "replaced", "rights"]),
  read: z.boolean().optional(),
  write: z.boolean().optional(),
});
