import * as z from "zod";
import { appId, timeMs } from "../ids.ts";
import { appSettings } from "../settings.ts";
import { operation } from "./operation.ts";

export const settingsGet = operation({
  name: "settings.get",
  summary: "The app's switches and limits.",
  input: z.strictObject({}),
  output: appSettings,
  callers: ["server"],
  rate: "admin",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "worker" },
  rest: { method: "GET", path: "/settings" },
});

export const settingsUpdate = operation({
  name: "settings.update",
  summary: "Changes some of the app's switches and limits; in force everywhere within a minute.",
  input: appSettings.partial(),
  output: appSettings,
  callers: ["server"],
  rate: "admin",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "worker" },
  rest: { method: "PATCH", path: "/settings" },
});

export const appCreate = operation({
  name: "app.create",
  summary: "Creates an app with its certificates and a first API key, which is shown this once: a repeat under the same Idempotency-Key is a conflict.",
  input: z.strictObject({
    name: z.string().min(1).max(100),
    /** Where its objects have to stay; for good. */
    jurisdiction: z.enum(["eu", "fedramp", "fedramp-high", "us"]).optional(),
  }),
  output: z.strictObject({ id: appId, name: z.string(), primaryCertificate: z.string(), secondaryCertificate: z.string(), apiKey: z.string(), createdAt: timeMs }),
  callers: ["operator"],
  rate: "admin",
  idempotence: "client-id",
  body: "json",
  runsAt: { place: "worker" },
  rest: { method: "POST", path: "/apps" },
});
