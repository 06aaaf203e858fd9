import { type WireError, wireError } from "../../protocol/errors.ts";
import type { Operation } from "../../protocol/operations/operation.ts";
import { isRecord } from "../../util/record.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { jsonSchemaOf, pathParams, propertiesOf } from "./operation-schema.ts";

type Fields = Record<string, unknown>;

/** Puts path, query and body together into one raw input. A field may come from one of them only. */
export function restInput(operation: Operation, path: Readonly<Record<string, string>>, query: URLSearchParams, body: Fields): Result<Fields, WireError> {
  const schema = jsonSchemaOf(operation.input);
  // Maps until the end: any of these names may be `__proto__`.
  const fields = new Map<string, unknown>();
  for (const param of pathParams(operation)) place(fields, param, fromQuery(schema, param, [path[param] ?? ""]));
  const sources = [Object.entries(body), [...new Set(query.keys())].map((name) => [name, fromQuery(schema, name, query.getAll(name))] as const)];
  for (const source of sources) {
    for (const [name, value] of source) {
      if (fields.has(name)) return err(wireError("bad_request", { field: name.slice(0, 100), message: `${name.slice(0, 100)}: given twice` }));
      fields.set(name, value);
    }
  }
  return ok(Object.fromEntries(fields));
}

/** `channel.type` is the field `type` of `channel`: names of the catalogue, never of a client. */
function place(fields: Map<string, unknown>, param: string, value: unknown): void {
  const [outer = "", inner] = param.split(".", 2);
  if (inner === undefined) fields.set(outer, value);
  else {
    const so = fields.get(outer);
    fields.set(outer, { ...(isRecord(so) ? so : {}), [inner]: value });
  }
}

/** Text becomes what the schema asks for, where it can; where not, the schema's own error says what was expected. */
function fromQuery(schema: unknown, name: string, values: readonly string[]): unknown {
  const properties = propertiesOf(schema);
  const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
  const type = isRecord(property) ? property.type : undefined;
  if (type === "array") return values;
  if (values.length !== 1) return values;
  const text = values[0] ?? "";
  if ((type === "integer" || type === "number") && /^-?\d{1,16}$/.test(text)) return Number(text);
  if (type === "boolean" && (text === "true" || text === "false")) return text === "true";
  return text;
}
