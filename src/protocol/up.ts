import * as z from "zod";
import { ack, received, request } from "./messages/request.ts";

/** Everything a client sends. The text `ping` outside any frame is answered `pong` by the platform. */
export const up = z.discriminatedUnion("type", [request, ack, received]);
export type Up = z.infer<typeof up>;
