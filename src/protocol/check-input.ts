import type * as z from "zod";
import { err, ok, type Result } from "../util/result.ts";
import { type WireError, wireError } from "./errors.ts";
import { LIMITS } from "./limits.ts";

/** The one place where an input meets its schema: the error names the field, and the limit where there is one. */
export function checkInput<Schema extends z.ZodType>(schema: Schema, raw: unknown): Result<z.infer<Schema>, WireError> {
  const shape = checkShape(raw);
  if (shape !== undefined) return err(shape);
  const parsed = schema.safeParse(raw);
  return parsed.success ? ok(parsed.data) : err(wireErrorOf(parsed.error.issues));
}

/** Bounds what the schema has to look at: a hundred thousand keys or levels are refused without reading them all. */
function checkShape(raw: unknown): WireError | undefined {
  let level: unknown[] = [raw];
  let nodes = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > LIMITS.inputDepth) return wireError("bad_request", { field: "input", limit: LIMITS.inputDepth, message: `input: at most ${LIMITS.inputDepth} levels deep` });
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null || value instanceof Uint8Array) continue;
      const children: unknown[] = Array.isArray(value) ? value : Object.values(value);
      nodes += children.length;
      if (nodes > LIMITS.inputNodes) return wireError("bad_request", { field: "input", limit: LIMITS.inputNodes, message: `input: at most ${LIMITS.inputNodes} values` });
      for (const child of children) next.push(child);
    }
    level = next;
  }
  return undefined;
}

type Issue = z.core.$ZodIssue;

/** The first issue speaks for all: a caller mends one thing at a time. */
export function wireErrorOf(issues: readonly Issue[]): WireError {
  const issue = issues[0];
  if (issue === undefined) return wireError("bad_request");
  const found = deepest(issue, []);
  const field = fieldOf(found.issue, found.path);
  const limit = limitOf(found.issue);
  const message = `${field}: ${textOf(found.issue)}`;
  const code = found.issue.code === "custom" && found.issue.params?.tooLarge === true ? "too_large" : "bad_request";
  return wireError(code, { field, message, ...(limit === undefined ? {} : { limit }) });
}

/** In a union the branch that got furthest says more than "invalid input". */
function deepest(issue: Issue, prefix: readonly PropertyKey[]): { issue: Issue; path: readonly PropertyKey[] } {
  const path = [...prefix, ...issue.path];
  if (issue.code !== "invalid_union") return { issue, path };
  const nested = issue.errors.map((branch) => branch[0]).filter((first) => first !== undefined);
  const best = nested.find((first) => first.path.length > 0) ?? (nested.length === 1 ? nested[0] : undefined);
  return best === undefined ? { issue, path } : deepest(best, path);
}

function fieldOf(issue: Issue, path: readonly PropertyKey[]): string {
  const unknown = issue.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const field = [...path, ...unknown].map(String).join(".");
  return field === "" ? "input" : field.slice(0, LONGEST_FIELD);
}

function limitOf(issue: Issue): number | undefined {
  if (issue.code === "too_big") return Number(issue.maximum);
  if (issue.code === "too_small") return Number(issue.minimum);
  const limit: unknown = issue.code === "custom" ? issue.params?.limit : undefined;
  return typeof limit === "number" ? limit : undefined;
}

/** Zod lists every unknown key in its text; one is enough, and it is the caller's own words. */
const textOf = (issue: Issue): string => (issue.code === "unrecognized_keys" ? "not a field of this operation" : issue.message.replace(/^[\w ]+: (?=\d)/, ""));

const LONGEST_FIELD = 100;
