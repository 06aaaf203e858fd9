import { html, raw } from "hono/html";
import { ERRORS } from "../../protocol/errors.ts";
import { OPERATIONS } from "../../protocol/operations/catalogue.ts";
import type { Operation } from "../../protocol/operations/operation.ts";
import { rateFor } from "../../protocol/operations/rate.ts";
import { isRecord } from "../../util/record.ts";
import { VERSION } from "../version.ts";
import { DOCS_STYLE } from "./docs-style.ts";
import { EXAMPLES } from "./examples.ts";
import { jsonSchemaOf, pathParams, propertiesOf, requiredOf } from "./operation-schema.ts";

type Html = ReturnType<typeof html>;

/** `html` escapes what is put in; only our own style goes in raw. */
export const docsPage = (): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Wigwag reference</title>
<style>${raw(DOCS_STYLE)}</style>
</head>
<body>
<nav aria-label="Operations"><h1>Wigwag</h1><div class="facts">${VERSION} · <a href="/openapi.json">openapi.json</a></div>${subjects().map(menu)}
<h2>All</h2><ul><li><a href="#errors">Errors</a></li></ul></nav>
<main>${introduction()}${subjects().map(([subject, operations]) => html`<h2 id="${subject}">${subject}</h2>${operations.map(card)}`)}${errors()}</main>
</body>
</html>`;

function subjects(): [string, Operation[]][] {
  const found = new Map<string, Operation[]>();
  for (const operation of OPERATIONS) {
    const [subject = ""] = operation.name.split(".", 1);
    found.set(subject, [...(found.get(subject) ?? []), operation]);
  }
  return [...found];
}

const menu = ([subject, operations]: [string, Operation[]]): Html => html`<h2>${subject}</h2><ul>${operations.map(({ name }) => html`<li><a href="#${name}">${name}</a></li>`)}</ul>`;

const introduction = (): Html => html`<h2 id="start">Calling</h2>
<p>Each operation is a request on a client's socket; those with a path are also HTTP. Over HTTP send <code>Authorization: Bearer …</code> and <code>x-wigwag-app</code>:
an API key or app token calls as a server, a user's token together with <code>x-wigwag-user</code> as that user.</p>
<pre>curl -X POST /v1/channels/message/lobby/messages \\
  -H 'Authorization: Bearer wk_…' -H 'x-wigwag-app: 970ca35de60c44645bbae8a215061b33' \\
  -H 'content-type: text/plain' --data 'Hello, everyone'</pre>
<p>A body that is not JSON is the payload itself, the other fields then stand in the query. In JSON a payload of bytes is <code>dataBase64</code>. Names in a path are percent-encoded.</p>`;

const card = (operation: Operation): Html => html`<article id="${operation.name}"><h3>${operation.name}</h3>
${operation.rest === undefined ? html`<div class="facts">On a live session socket only</div>` : html`<div class="route"><code class="method">${operation.rest.method}</code><code>/v1${operation.rest.path}</code></div>`}
<p>${operation.summary}</p>${fields("Input", operation.input, pathParams(operation))}${example(operation)}
<details><summary>Output</summary>${fields("", operation.output, [])}</details>
<p class="facts">${callers(operation)} · ${IDEMPOTENCE[operation.idempotence]} · ${rates(operation)}</p></article>`;

const IDEMPOTENCE: Readonly<Record<Operation["idempotence"], string>> = { safe: "reads only", idempotent: "may be repeated", "client-id": "repeat with the same id or Idempotency-Key" };
const callers = ({ callers, ownOnly }: Operation): string => `for ${callers.join(" and ")}${ownOnly ? ", users for themselves only" : ""}`;

function rates({ callers, rate }: Operation): string {
  return callers.map((kind) => `${kind}: ${rateFor(kind, rate).burst} per ${rateFor(kind, rate).perMs / 1000} s`).join(", ");
}

function fields(title: string, schema: Operation["input"], inPath: readonly string[]): Html {
  const json = jsonSchemaOf(schema);
  const shapes = Array.isArray(json.oneOf) ? json.oneOf : Array.isArray(json.anyOf) ? json.anyOf : [json];
  const rows = shapes.flatMap((shape: unknown) => Object.entries(propertiesOf(shape)).map(([name, type]) => row(name, type, requiredOf(shape).includes(name), inPath)));
  if (rows.length === 0) return html`<p class="facts">${title} {}</p>`;
  return html`<div class="scroll"><table><thead><tr><th>${title || "Field"}</th><th>Type</th><th></th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function row(name: string, type: unknown, required: boolean, inPath: readonly string[]): Html {
  const fromPath = inPath.some((param) => param.split(".", 1)[0] === name);
  return html`<tr><td><code>${name}</code></td><td>${typeText(type)}</td><td class="facts">${fromPath ? "in the path" : required ? "required" : "optional"}</td></tr>`;
}

/** A JSON schema in a few words. */
export function typeText(type: unknown): string {
  if (!isRecord(type)) return "any";
  if (Array.isArray(type.enum)) return type.enum.map((word) => JSON.stringify(word)).join(" | ");
  if ("const" in type) return JSON.stringify(type.const);
  if (Array.isArray(type.anyOf)) return type.anyOf.map(typeText).join(" | ");
  if (type.type === "array") return `list of ${typeText(type.items)}${bounds(type.minItems, type.maxItems, "")}`;
  if (type.type === "object") return `{ ${Object.entries(propertiesOf(type)).map(([name, inner]) => `${name}: ${typeText(inner)}`).join(", ")} }`;
  if (type.type === "string") return `text${bounds(type.minLength, type.maxLength, " characters")}`;
  return `${String(type.type ?? "any")}${bounds(type.minimum, type.maximum, "")}`;
}

function bounds(least: unknown, most: unknown, unit: string): string {
  const top = typeof most === "number" && most < Number.MAX_SAFE_INTEGER ? most : undefined;
  const bottom = typeof least === "number" && least > Number.MIN_SAFE_INTEGER ? least : undefined;
  if (top !== undefined) return `, ${bottom ?? 0} to ${top}${unit}`;
  return bottom === undefined || bottom === 0 ? "" : `, at least ${bottom}${unit}`;
}

function example({ name }: Operation): Html | string {
  const input = EXAMPLES.get(name);
  return input === undefined ? "" : html`<details><summary>Example input</summary><pre>${JSON.stringify(input, null, 2)}</pre></details>`;
}

const errors = (): Html => html`<h2 id="errors">Errors</h2>
<p>Every refusal is <code>{"error": {"code", "message", "retry", "retryAfterMs"?, "field"?, "limit"?}}</code>. <em>never</em>: the same request fails again. <em>later</em>: after <code>retryAfterMs</code>. <em>new-token</em>: with a fresh token.</p>
<article><div class="scroll"><table><thead><tr><th>Code</th><th>HTTP</th><th>Retry</th><th>Meaning</th></tr></thead><tbody>${Object.entries(ERRORS).map(
  ([code, { http, retry, text }]) => html`<tr><td><code>${code}</code></td><td>${http}</td><td>${retry}</td><td>${text}</td></tr>`,
)}</tbody></table></div></article>`;
