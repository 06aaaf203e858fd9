import fc from "fast-check";
import { isRecord } from "../../../src/util/record.ts";

/** Names that mean something on the stage, so that some of what is said goes through. */
export interface Cast {
  readonly users: readonly string[];
  readonly channel: string;
}

const HEX_32 = "0123456789abcdef0123456789abcdef";
const TEXTS = ["a", "k", "stream", HEX_32, "0123456789abcdef", "message", "ü 测试"];

/** One of these that the schema's pattern takes, where there is one. */
function textOf(pattern: unknown): fc.Arbitrary<string> {
  const fitting = typeof pattern === "string" ? TEXTS.filter((each) => new RegExp(pattern, "u").test(each)) : TEXTS;
  return fc.constantFrom(...(fitting.length > 0 ? fitting : TEXTS));
}

/** Values that a JSON schema of the catalogue allows, roughly: what its patterns say is left to luck. */
export function legalValue(schema: unknown, { users, channel }: Cast, name = ""): fc.Arbitrary<unknown> {
  const inner = (of: unknown, called = name): fc.Arbitrary<unknown> => legalValue(of, { users, channel }, called);
  if (!isRecord(schema)) return textOf(undefined);
  if ("const" in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  if (["user", "to", "from", "users"].includes(name) && schema.type === "string") return fc.constantFrom(...users);
  for (const choices of [schema.anyOf, schema.oneOf]) if (Array.isArray(choices)) return fc.oneof(...choices.map((choice) => inner(choice)));
  switch (schema.type) {
    case "object":
      return objectOf(schema, inner);
    case "array":
      return fc.array(inner(schema.items), { minLength: 1, maxLength: 3 });
    case "integer":
    case "number":
      return fc.constantFrom(0, 1, 2, 10, 100, 30_000);
    case "boolean":
      return fc.boolean();
    default:
      return name === "name" ? fc.constantFrom(channel, channel, "elsewhere") : textOf(schema.pattern);
  }
}

function objectOf({ properties, required }: Record<string, unknown>, inner: (of: unknown, called: string) => fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  if (!isRecord(properties)) return fc.constant({});
  const fields = Object.fromEntries(Object.entries(properties).map(([key, property]) => [key, inner(property, key)]));
  const needed = Array.isArray(required) ? required.filter((key): key is string => typeof key === "string" && key in fields) : [];
  return fc.record(fields, { requiredKeys: needed });
}

const own = (key: string, value: unknown): object => Object.fromEntries([[key, value]]);
const nested = (depth: number): unknown => (depth === 0 ? [] : [nested(depth - 1)]);

/** What nobody should send in a value's place. */
const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 0, 1.5, 1e308, Number.MAX_SAFE_INTEGER + 2, "", "\u0000", "\ud800", "__proto__", "constructor", "x".repeat(65)),
  fc.constantFrom<unknown>([], {}, [[]], own("__proto__", { x: 1 }), own("toJSON", 1), own("constructor", { prototype: {} }), nested(7), nested(60)),
  fc.constant("x".repeat(40_000)),
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.double(),
  fc.jsonValue(),
);

/** What is done to one place of a value. */
interface Damage {
  /** Which of the value's places, from 0 to 1. */
  readonly place: number;
  readonly how: "replace" | "remove" | "add";
  readonly key: string;
  readonly value: unknown;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  place: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  how: fc.constantFrom("replace" as const, "remove" as const, "add" as const),
  key: fc.constantFrom("__proto__", "constructor", "id", "bin", "data", "channel", "from", "type", "x"),
  value: hostile,
});

const damages = fc.oneof({ weight: 3, arbitrary: fc.constant<Damage[]>([]) }, { weight: 2, arbitrary: fc.array(damage, { minLength: 1, maxLength: 2 }) });

/** Most are left as they are: what is refused at the door tries nothing behind it. */
export const damaged = (value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> => fc.tuple(value, damages).map(([whole, done]) => done.reduce(applied, whole));

const places = (value: unknown): number =>
  1 + (typeof value === "object" && value !== null ? Object.values(value).reduce((sum: number, child) => sum + places(child), 0) : 0);

function applied(whole: unknown, { place, ...change }: Damage): unknown {
  return at(whole, Math.floor(place * places(whole)), change);
}

/** The value with its n-th place changed, depth first. */
function at(value: unknown, n: number, change: Omit<Damage, "place">): unknown {
  if (n === 0) return changed(value, change);
  let left = n - 1;
  const step = (child: unknown): unknown => {
    const size = places(child);
    const hit = left >= 0 && left < size;
    const made = hit ? at(child, left, change) : child;
    left -= size;
    return made;
  };
  if (Array.isArray(value)) return value.map(step).filter((child) => child !== undefined);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]) => {
      const made = step(child);
      return made === undefined ? [] : [[key, made]];
    }),
  );
}

function changed(value: unknown, { how, key, value: other }: Omit<Damage, "place">): unknown {
  if (how === "replace") return other;
  if (how === "remove") return undefined;
  return isRecord(value) ? Object.fromEntries([...Object.entries(value), [key, other]]) : [value, other];
}
