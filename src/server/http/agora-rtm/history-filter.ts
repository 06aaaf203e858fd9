import * as z from "zod";
import { userId } from "../../../protocol/ids.ts";
import { LIMITS } from "../../../protocol/limits.ts";

/** RTM 1.x: `yyyy-mm-ddThh:mm:ssZ`, and clients send fractions. Both ends belong to the range. */
const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/, { error: "UTC as 2026-01-31T12:00:00Z" })
  .refine((text) => !Number.isNaN(Date.parse(text)), { error: "a time that exists" });

export const historyFilter = z
  .object({
    source: userId.optional(),
    destination: userId.optional(),
    start_time: time,
    end_time: time,
  })
  .refine(({ source, destination }) => source !== undefined || destination !== undefined, { error: "source or destination is needed", path: ["destination"] })
  .refine(({ start_time, end_time }) => Date.parse(start_time) <= Date.parse(end_time), { error: "not before start_time", path: ["end_time"] });

export const historyQuestion = z
  .object({
    filter: historyFilter,
    offset: z.int().min(0).max(LIMITS.restHistoryReach),
    limit: z.union([z.literal(20), z.literal(50), z.literal(100)]),
    order: z.enum(["asc", "desc"]),
  })
  .refine(({ offset, limit }) => offset + limit <= LIMITS.restHistoryReach, {
    error: `offset and limit reach ${LIMITS.restHistoryReach} messages far at most`,
    path: ["offset"],
    params: { limit: LIMITS.restHistoryReach },
  });

export type HistoryFilter = z.infer<typeof historyFilter>;
export type HistoryQuestion = z.infer<typeof historyQuestion>;

/** The handle's content: asked again by the same rules, so whoever may not see the answer gets nothing by carrying it. */
export const sealedQuestion = z.object({ app: z.string(), until: z.number(), question: historyQuestion });
