import * as z from "zod";
import { timeMs } from "../ids.ts";
import { LIMITS } from "../limits.ts";
import { operation } from "./operation.ts";

export const messageExport = operation({
  name: "message.export",
  summary:
    "All messages that an app's users have sent within an hour of UTC, as a gzip file of JSON lines: each as it stands now, by conversations. Ten minutes after the hour's end and as long as messages are kept; whoever asks again gets the same file for three days. A large hour has several: each answer names the `next`.",
  input: z.strictObject({
    hour: z.string().regex(/^\d{10}$/, { error: "an hour is yyyyMMddHH, in UTC" }),
    /** From the answer before. */
    next: z
      .string()
      .regex(/^\d{1,4}-\d{1,16}-\d{1,16}$/)
      .optional(),
  }),
  output: z.strictObject({
    /** Whoever has it may load the file, up to `expiresAt`. */
    url: z.string(),
    expiresAt: timeMs,
    bytes: z.int(),
    messages: z.int(),
    next: z.string().optional(),
  }),
  callers: ["server"],
  rate: "admin",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "worker" },
  rest: { method: "POST", path: "/exports" },
});

export const messageExportFile = operation({
  name: "message.export-file",
  summary: "A file of an export: its address is all that is needed.",
  input: z.strictObject({
    file: z
      .string()
      .max(LIMITS.exportHandleChars)
      .regex(/^[\w.-]+$/),
  }),
  output: z.strictObject({}),
  callers: ["anyone"],
  rate: "transfer",
  idempotence: "safe",
  body: "json",
  answer: "binary",
  runsAt: { place: "worker" },
  rest: { method: "GET", path: "/exports/:file" },
});
