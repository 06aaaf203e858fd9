import * as z from "zod";
import type { Operation } from "../../protocol/operations/operation.ts";
import { isRecord } from "../../util/record.ts";

/** A JSON schema as far as REST looks into it. */
export type JsonSchema = Record<string, unknown>;

const kept = new Map<z.ZodType, JsonSchema>();

/** The schema as JSON over REST has it: a payload is text in `data`, or bytes in `dataBase64`. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const hit = kept.get(schema);
  if (hit !== undefined) return hit;
  const { $schema: _, ...json } = z.toJSONSchema(schema, { unrepresentable: "any" });
  const made = restForm(json);
  kept.set(schema, made);
  return made;
}

export const propertiesOf = (schema: unknown): Readonly<Record<string, unknown>> => (isRecord(schema) && isRecord(schema.properties) ? schema.properties : {});
export const requiredOf = (schema: unknown): readonly string[] => (isRecord(schema) && Array.isArray(schema.required) ? schema.required.filter((name) => typeof name === "string") : []);

/** The parameters of an operation's path: `channel.type` fills the field `type` of the field `channel`. */
export const pathParams = ({ rest }: Pick<Operation, "rest">): readonly string[] => (rest?.path.match(/:[\w.]+/g) ?? []).map((part) => part.slice(1));

function restForm(node: unknown): JsonSchema {
  if (!isRecord(node)) return {};
  const made: JsonSchema = {};
  for (const [key, value] of Object.entries(node)) made[key] = Array.isArray(value) ? value.map((item: unknown) => (isRecord(item) ? restForm(item) : item)) : isRecord(value) ? restForm(value) : value;
  const { data, ...others } = propertiesOf(made);
  const carriesBytes = isRecord(data) && Array.isArray(data.anyOf);
  if (!carriesBytes) return made;
  const dataBase64 = { type: "string", contentEncoding: "base64", description: "In place of data, where the payload is bytes." };
  return { ...made, properties: { ...others, data: { type: "string" }, dataBase64 }, required: requiredOf(made).filter((name) => name !== "data") };
}
