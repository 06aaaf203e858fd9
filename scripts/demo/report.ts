import * as z from "zod";

/** What a client tells the demo, several times a second. */
export const report = z.object({
  connected: z.boolean(),
  acknowledged: z.int(),
  received: z.int(),
  /** By path and sender: messages that came again and were recognised. */
  repeats: z.record(z.string(), z.int()),
  gaps: z.array(z.string()),
});
export type Report = z.infer<typeof report>;
