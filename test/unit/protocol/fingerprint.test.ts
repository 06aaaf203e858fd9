import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import * as z from "zod";
import { down } from "../../../src/protocol/down.ts";
import { OPERATIONS } from "../../../src/protocol/operations/catalogue.ts";
import { up } from "../../../src/protocol/up.ts";
import { PROTOCOL_VERSION } from "../../../src/protocol/version.ts";

const FILE = new URL("./fingerprint.json", import.meta.url);
const INSTRUCTIONS = `The shape of the wire has moved. Before a release of protocol version ${PROTOCOL_VERSION}: run this test with RECORD_FINGERPRINT=1.
After one: raise PROTOCOL_VERSION in src/protocol/version.ts with a line of history, keep PROTOCOL_VERSION_MIN true, then record.`;

const hash = (value: unknown): string => createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
const shape = (schema: z.ZodType): unknown => z.toJSONSchema(schema, { unrepresentable: "any" });

/** One hash per part, so that the failure says which one has moved. */
const fingerprint = {
  version: PROTOCOL_VERSION,
  up: hash(shape(up)),
  down: hash(shape(down)),
  operations: Object.fromEntries(
    OPERATIONS.map(({ name, input, output, rest }) => [name, hash([shape(input), shape(output), rest])]).sort(([a], [b]) => ((a ?? "") < (b ?? "") ? -1 : 1)),
  ),
};

it("[OP7] the shape of the wire does not change without a new protocol version", () => {
  if (process.env.RECORD_FINGERPRINT) writeFileSync(FILE, `${JSON.stringify(fingerprint, null, 2)}\n`);
  expect(fingerprint, INSTRUCTIONS).toEqual(JSON.parse(readFileSync(FILE, "utf8")));
});
