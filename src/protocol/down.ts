import * as z from "zod";
import { briefEvents, type events, push } from "./messages/events.ts";
import { notice } from "./messages/notice.ts";
import { reply } from "./messages/request.ts";
import { goaway, welcome } from "./messages/session.ts";

const others = [welcome, reply, push, notice, goaway] as const;

/** Everything a server sends. */
export const down = z.union([...others, briefEvents]);
/** The same as it is read: items of events in full. */
export type Down = z.infer<(typeof others)[number] | typeof events>;
