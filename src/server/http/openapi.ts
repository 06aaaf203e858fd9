import { ERRORS, type ErrorCode } from "../../protocol/errors.ts";
import { wireErrorSchema } from "../../protocol/messages/request.ts";
import { OPERATIONS } from "../../protocol/operations/catalogue.ts";
import type { CallerKind, Operation } from "../../protocol/operations/operation.ts";
import { isRecord } from "../../util/record.ts";
import { VERSION } from "../version.ts";
import { EXAMPLES } from "./examples.ts";
import { type JsonSchema, jsonSchemaOf, pathParams, propertiesOf, requiredOf } from "./operation-schema.ts";

let made: string | undefined;

/** Made from the catalogue at the first request: whatever REST takes stands here. */
export const openApiJson = (): string => {
  made ??= JSON.stringify(openApi());
  return made;
};

export function openApi(): Record<string, unknown> {
  const paths = new Map<string, Record<string, unknown>>();
  for (const operation of OPERATIONS) {
    if (operation.rest === undefined) continue;
    const path = `/v1${operation.rest.path.replace(/:([\w.]+)/g, "{$1}")}`;
    paths.set(path, { ...paths.get(path), [operation.rest.method.toLowerCase()]: describe(operation) });
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "Wigwag",
      version: VERSION,
      summary: "Real-time signaling and messaging",
      description: DESCRIPTION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: SECURITY,
      schemas: { Error: { type: "object", properties: { error: jsonSchemaOf(wireErrorSchema) }, required: ["error"] } },
      responses: Object.fromEntries(statuses().map(([status, codes]) => [`Error${status}`, errorResponse(status, codes)])),
    },
  };
}

const DESCRIPTION = [
  "Every operation is also a request on a client's socket. A payload of bytes stands in JSON as `dataBase64`; a request body that is not JSON is the payload itself, with the other fields in the query.",
  "Names in a path are percent-encoded. The names `.` and `..` cannot stand in a URL's path: use a socket for them.",
].join("\n\n");

const SECURITY = {
  key: { type: "http", scheme: "bearer", description: "An app's API key (`wk_…`), an app token (007), or a user's token (006, 007)." },
  app: { type: "apiKey", in: "header", name: "x-wigwag-app", description: "The app id: 32 hex digits." },
  user: { type: "apiKey", in: "header", name: "x-wigwag-user", description: "With a user's token: whose, percent-encoded." },
  operator: { type: "http", scheme: "bearer", description: "The deployment's operator key; without x-wigwag-app." },
};

const REQUIREMENT: Readonly<Record<CallerKind, Record<string, string[]>>> = {
  server: { key: [], app: [] },
  user: { key: [], app: [], user: [] },
  operator: { operator: [] },
  anyone: {},
};

function describe(operation: Operation): Record<string, unknown> {
  const body = requestBody(operation);
  return {
    operationId: operation.name,
    summary: operation.summary,
    tags: [operation.name.split(".", 1)[0]],
    security: operation.callers.map((caller) => REQUIREMENT[caller]),
    parameters: [...pathParameters(operation), ...queryParameters(operation), ...headerParameters(operation)],
    ...(body === undefined ? {} : { requestBody: body }),
    responses: {
      200: success(operation),
      ...Object.fromEntries(statuses().map(([status]) => [status, { $ref: `#/components/responses/Error${status}` }])),
    },
    "x-wigwag-idempotence": operation.idempotence,
    "x-wigwag-rate-class": operation.rate,
  };
}

const success = ({ answer, output }: Operation): Record<string, unknown> =>
  answer === "binary"
    ? { description: "The bytes. With Range, 206.", content: { "*/*": { schema: { type: "string", format: "binary" } } } }
    : { description: "Done.", content: { "application/json": { schema: jsonSchemaOf(output) } } };

function pathParameters(operation: Operation): unknown[] {
  return pathParams(operation).map((name) => ({
    name,
    in: "path",
    required: true,
    schema: schemaAt(jsonSchemaOf(operation.input), name),
    example: exampleAt(operation, name),
  }));
}

/** Fields that the path does not fill. */
function freeFields(operation: Operation): [string, unknown][] {
  const filled = new Set(pathParams(operation).map((param) => param.split(".", 1)[0]));
  return Object.entries(propertiesOf(jsonSchemaOf(operation.input))).filter(([name]) => !filled.has(name));
}

const hasBody = ({ rest }: Operation): boolean => rest !== undefined && rest.method !== "GET" && rest.method !== "DELETE";

function queryParameters(operation: Operation): unknown[] {
  if (hasBody(operation) && operation.body === "json") return [];
  if (operation.body === "binary") return freeFields(operation).map(([name, schema]) => ({ name, in: "query", required: false, schema }));
  const required = requiredOf(jsonSchemaOf(operation.input));
  const fields = freeFields(operation).filter(([name]) => !hasBody(operation) || (name !== "data" && name !== "dataBase64"));
  const note = hasBody(operation) ? { description: "Where the body is the payload itself." } : {};
  return fields.map(([name, schema]) => ({ name, in: "query", required: !hasBody(operation) && required.includes(name), schema, ...note }));
}

const headerParameters = ({ idempotence }: Operation): unknown[] =>
  idempotence === "client-id"
    ? [
        {
          name: "Idempotency-Key",
          in: "header",
          required: false,
          schema: { type: "string", maxLength: 128 },
          description: "A repeat under the same key within 24 h gets the first answer.",
        },
      ]
    : [];

function requestBody(operation: Operation): Record<string, unknown> | undefined {
  if (operation.body === "binary") return { required: true, content: { "*/*": { schema: { type: "string", format: "binary" } } } };
  const fields = freeFields(operation);
  if (!hasBody(operation) || fields.length === 0) return undefined;
  const names = new Set(fields.map(([name]) => name));
  const required = requiredOf(jsonSchemaOf(operation.input)).filter((name) => names.has(name));
  const schema: JsonSchema = { type: "object", properties: Object.fromEntries(fields), required, additionalProperties: false };
  const example = Object.entries(EXAMPLES.get(operation.name) ?? {}).filter(([name]) => names.has(name));
  const json = { "application/json": { schema, ...(example.length === 0 ? {} : { example: Object.fromEntries(example) }) } };
  const raw =
    operation.body === "payload"
      ? { "text/plain": { schema: { type: "string" } }, "application/octet-stream": { schema: { type: "string", format: "binary" } } }
      : {};
  return { required: required.length > 0, content: { ...json, ...raw } };
}

function schemaAt(schema: unknown, path: string): unknown {
  return path.split(".").reduce((node: unknown, name) => propertiesOf(node)[name], schema) ?? { type: "string" };
}

function exampleAt(operation: Operation, path: string): unknown {
  return path.split(".").reduce((node: unknown, name) => (isRecord(node) ? node[name] : undefined), EXAMPLES.get(operation.name));
}

/** The catalogue's codes by their HTTP status. */
export function statuses(): [string, ErrorCode[]][] {
  const found = new Map<string, ErrorCode[]>();
  for (const [code, { http }] of Object.entries(ERRORS)) if (isErrorCode(code)) found.set(String(http), [...(found.get(String(http)) ?? []), code]);
  return [...found];
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

function errorResponse(status: string, codes: readonly ErrorCode[]): Record<string, unknown> {
  const waits = codes.some((code) => ERRORS[code].retry === "later");
  return {
    description: codes.map((code) => `\`${code}\`: ${ERRORS[code].text}`).join("\n\n"),
    content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
    ...(waits ? { headers: { "Retry-After": { schema: { type: "integer" }, description: `Seconds, with ${status}.` } } } : {}),
  };
}
