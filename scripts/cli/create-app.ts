import { parseArgs } from "node:util";
import { UsageError } from "./usage.ts";
import type { Variables } from "./variables.ts";

export const LOCAL_URL = "http://127.0.0.1:8787";
const JURISDICTIONS = ["eu", "fedramp", "fedramp-high", "us"];

export const APP_HELP = `Usage: npm run app -- create <name> [--url <url>] [--jurisdiction <where>] [--json]

Creates an app on a deployment and prints its id, certificates and first API key.
The key is shown this once.

  --url           the deployment; else WIGWAG_URL, else ${LOCAL_URL}
  --jurisdiction  where its data has to stay, for good: ${JURISDICTIONS.join(", ")}
  --json          prints what the service answered

The operator's key is read from WIGWAG_OPERATOR_KEY; for this machine's service
.dev.vars will do. It is not taken from the arguments, which other users of a
machine can see.`;

export interface CreateApp {
  readonly url: string;
  readonly operatorKey: string;
  readonly input: { readonly name: string; readonly jurisdiction?: string };
  readonly json: boolean;
}

export function parseCreateApp(args: readonly string[], environment: Variables, development: Variables): CreateApp | "help" {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { url: { type: "string" }, jurisdiction: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help === true) return "help";
  const [command, name, ...rest] = positionals;
  if (command !== "create") throw new UsageError(command === undefined ? "What shall be done? There is: create" : `There is no command ${command}`);
  if (name === undefined || name === "") throw new UsageError("The app needs a name");
  if (rest.length > 0) throw new UsageError(`The name is one argument: put "${[name, ...rest].join(" ")}" in quotes`);
  const { jurisdiction } = values;
  if (jurisdiction !== undefined && !JURISDICTIONS.includes(jurisdiction)) throw new UsageError(`--jurisdiction is one of ${JURISDICTIONS.join(", ")}`);
  const url = serviceUrl(values.url ?? environment.WIGWAG_URL ?? LOCAL_URL);
  const operatorKey = environment.WIGWAG_OPERATOR_KEY ?? (isThisMachine(url) ? development.WIGWAG_OPERATOR_KEY : undefined);
  if (!operatorKey) throw new UsageError("WIGWAG_OPERATOR_KEY is not set: it is the one that was given to `wrangler secret put`");
  return { url, operatorKey, input: { name, ...(jurisdiction !== undefined && { jurisdiction }) }, json: values.json === true };
}

function serviceUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") throw new UsageError(`--url ${text} is not an http or https address`);
  if (url.protocol === "http:" && !isThisMachine(url.href)) throw new UsageError(`--url ${text}: the operator's key goes over https only`);
  return url.href.replace(/\/+$/, "");
}

/** The development key goes nowhere else. */
const isThisMachine = (url: string): boolean => ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname);

/** The service's answer as text, or its refusal as an error. */
export async function createApp({ url, operatorKey, input, json }: CreateApp, send: typeof fetch): Promise<string> {
  const response = await send(`${url}/v1/apps`, {
    method: "POST",
    headers: { authorization: `Bearer ${operatorKey}`, "content-type": "application/json" },
    body: JSON.stringify(input),
  }).catch((cause: unknown) => {
    throw new Error(`${url} cannot be reached: is the service running?`, { cause });
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} refused with ${response.status}: ${refusalOf(text)}`);
  return json ? text : describe(JSON.parse(text));
}

function refusalOf(text: string): string {
  try {
    const { error } = JSON.parse(text);
    return `${error.code}, ${error.message}`;
  } catch {
    return text.slice(0, 200);
  }
}

const describe = (app: Readonly<Record<string, string>>): string =>
  [
    `App "${app.name}"`,
    `  id                     ${app.id}`,
    `  primary certificate    ${app.primaryCertificate}`,
    `  secondary certificate  ${app.secondaryCertificate}`,
    `  API key                ${app.apiKey}`,
    "Keep certificates and key on your servers. The key is not shown again.",
  ].join("\n");
