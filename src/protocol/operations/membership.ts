/** What operations on groups and on rooms have in common. */

import * as z from "zod";
import { GROUP_LIMITS } from "../group-limits.ts";
import { userId } from "../ids.ts";

export const users = z.array(userId).min(1).max(GROUP_LIMITS.usersPerCall);
export const on = z.boolean();
export const nothing = z.strictObject({});
/** Of an act on several: those for whom it could not be done, and why. */
export const failed = z.strictObject({ failed: z.array(z.strictObject({ user: userId, message: z.string() })) });
export const page = { after: userId.optional(), limit: z.int().min(1).max(GROUP_LIMITS.page).optional() };
/** Where the next page begins; absent: there is none. */
export const next = userId.optional();
