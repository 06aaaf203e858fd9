import * as z from "zod";
import { events, push } from "./messages/events.ts";
import { notice } from "./messages/notice.ts";
import { reply } from "./messages/request.ts";
import { goaway, welcome } from "./messages/session.ts";

/** Everything a server sends. */
export const down = z.union([welcome, reply, events, push, notice, goaway]);
export type Down = z.infer<typeof down>;
