import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import * as z from "zod";
import { root } from "../../../scripts/lib/root.ts";
import { joinBinary } from "../../../src/protocol/frame.ts";
import { OPERATIONS } from "../../../src/protocol/operations/catalogue.ts";
import { encodeUtf8 } from "../../../src/util/text.ts";
import { type Cast, damaged, legalValue } from "./values.ts";

/** Stands where a request's id goes: an id has to rise, so it is known only when it is sent. */
const FRESH = "@fresh@";

/** One frame up, before its ids are known. */
export interface Step {
  readonly what: string;
  readonly text: string;
  /** As bytes, behind a header's length that may lie; undefined: as text. */
  readonly binary?: { readonly lie: number; readonly tail: number } | undefined;
}

const vectors = z.object({ frames: z.array(z.object({ direction: z.string(), messages: z.array(z.record(z.string(), z.unknown())) })) });

/** What devices in other languages are shown: `docs/protocol-vectors.json`. */
const examples = vectors
  .parse(JSON.parse(readFileSync(join(root, "docs/protocol-vectors.json"), "utf8")))
  .frames.flatMap(({ direction, messages }) => (direction === "up" ? messages : []))
  .map((message) => ("id" in message ? { ...message, id: FRESH } : message));

/** Ends of a login that are nobody's fault. */
const FAREWELLS = ["session.logout"];

/** A request that the door may take, and perhaps what is behind it. */
function request(cast: Cast): fc.Arbitrary<unknown> {
  const requests = OPERATIONS.filter(({ name }) => !FAREWELLS.includes(name)).map(({ name, input }) => {
    const schema: unknown = z.toJSONSchema(input, { unrepresentable: "any", io: "input" });
    return fc.record({ type: fc.constant("request"), id: fc.constant(FRESH), op: fc.constant(name), input: damaged(legalValue(schema, cast)) });
  });
  return fc.oneof(...requests);
}

/** Everything else: a socket is closed for most of it. */
const other = (cast: Cast): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.record({ type: fc.constant("ack"), stream: fc.constantFrom("inbox", `message:${cast.channel}`, "x"), upTo: fc.constantFrom(0, 1, 1e9, -1) }),
    fc.record({ type: fc.constant("received"), messages: fc.array(fc.tuple(fc.constantFrom(...cast.users), fc.constant("d"), fc.nat()), { maxLength: 3 }) }),
    fc.constantFrom(...examples),
    fc.jsonValue(),
  );

type Bend = (text: string) => string;
const cut =
  (share: number): Bend =>
  (text) =>
    text.slice(0, Math.floor(text.length * share));
const insert =
  (share: number, piece: string): Bend =>
  (text) => {
    const place = Math.floor(text.length * share);
    return text.slice(0, place) + piece + text.slice(place);
  };
const deep: Bend = (text) => text.replace("{", `{"deep":${"[".repeat(5_000)}${"]".repeat(5_000)},`);
const wide: Bend = (text) => text.replace("{", `{${Array.from({ length: 20_000 }, (_, index) => `"k${index}":0`).join(",")},`);

/** What is done to a frame's text; mostly nothing. */
const bend: fc.Arbitrary<Bend> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Bend>((text) => text) },
  { weight: 2, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }).map(cut) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom('"', "}", "\\", "\u0000", "1e999", "\ufeff", '"__proto__":1,'))
      .map(([share, piece]) => insert(share, piece)),
  },
  { weight: 1, arbitrary: fc.constantFrom(deep, wide) },
);

const binary = fc.option(fc.record({ lie: fc.constantFrom(0, 0, 0, -1, 1, 1_000, 4_294_967_295), tail: fc.constantFrom(0, 0, 1, 64) }), {
  nil: undefined,
  freq: 6,
});

/** Up to six frames, each of up to four messages. */
const frames = (message: fc.Arbitrary<unknown>, bent: fc.Arbitrary<Bend>, bytes: fc.Arbitrary<Step["binary"]>): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.tuple(fc.array(message, { minLength: 1, maxLength: 4 }), bent, bytes).map(([messages, bending, header]): Step => {
      const said = JSON.stringify(messages.length === 1 ? messages[0] : messages) ?? "null";
      return { what: said.slice(0, 300), text: bending(said), binary: header };
    }),
    { minLength: 1, maxLength: 6 },
  );

/** A conversation over one socket: well-formed frames whose requests may be odd, or anything at all. */
export const conversation = (cast: Cast): fc.Arbitrary<Step[]> =>
  fc.oneof(
    {
      weight: 3,
      arbitrary: frames(
        request(cast),
        fc.constant<Bend>((text) => text),
        fc.constant(undefined),
      ),
    },
    { weight: 2, arbitrary: frames(fc.oneof(request(cast), damaged(other(cast))), bend, binary) },
  );

/** The frame with its ids. */
export function frameOf({ text, binary: bytes }: Step, nextId: () => number): string | Uint8Array {
  const known = text.replaceAll(`"${FRESH}"`, () => String(nextId()));
  if (bytes === undefined) return known;
  const frame = joinBinary(known, [new Uint8Array(bytes.tail)]);
  const length = bytes.lie > 1_000_000 ? bytes.lie : Math.max(0, encodeUtf8(known).byteLength + bytes.lie);
  new DataView(frame.buffer).setUint32(0, length);
  return frame;
}
