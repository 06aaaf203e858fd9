import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bar, table } from "../../../scripts/demo/display.ts";
import { open, seal } from "../../../scripts/demo/envelope.ts";
import { acknowledged, Journal, readJournal } from "../../../scripts/demo/journal.ts";
import { latencies, outside } from "../../../scripts/demo/latency.ts";
import { makePicture } from "../../../scripts/demo/picture.ts";
import { CHUNK_BYTES, chunkOf, chunksOf } from "../../../scripts/demo/plan.ts";

describe("a journal", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "wigwag-journal-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const entry = (n: number) => ({ path: "peer" as const, n, sentAt: 1, ackedAt: 2 });

  it("[TD4] goes on where its predecessor was ended, without the line that was torn", () => {
    const file = join(directory, "acks.jsonl");
    const first = new Journal(file, acknowledged);
    first.append(entry(1));
    appendFileSync(file, '{"path":"peer","n":2,"se');
    const second = new Journal(file, acknowledged);
    expect(second.entries).toEqual([entry(1)]);
    second.append(entry(2));
    expect(readJournal(file, acknowledged)).toEqual([entry(1), entry(2)]);
    expect(readFileSync(file, "utf8").split("\n")).toHaveLength(3);
    first.close();
    second.close();
  });
});

describe("a message of the demo", () => {
  it("[TD1] carries its number, a line or a chunk, and fits", () => {
    expect(open(seal(7, { line: "子曰 a b" }, () => new Uint8Array()))).toMatchObject({ n: 7, content: { line: "子曰 a b" } });
    expect(open(seal(8, { line: "" }, () => new Uint8Array()))).toMatchObject({ n: 8, content: { line: "" } });
    const picture = new Uint8Array(CHUNK_BYTES + 1).fill(3);
    expect(chunksOf(picture)).toBe(2);
    const sealed = seal(9, { chunk: 0 }, (index) => chunkOf(picture, index));
    expect(sealed).toHaveLength(32 * 1024);
    expect(open(sealed)).toMatchObject({ n: 9, content: { chunk: 0, bytes: picture.subarray(1) } });
  });

  it("[TD1] may be part of a picture that is one", () => {
    const picture = makePicture(20, 10, 3);
    expect([...picture.subarray(0, 8)]).toEqual([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([20, 10]);
    const data = picture.indexOf("IDAT");
    expect(inflateSync(picture.subarray(data + 4, data + 4 + picture.readUInt32BE(data - 4)))).toHaveLength(10 * 61);
    expect(makePicture(20, 10, 4).equals(picture)).toBe(false);
  });
});

describe("latencies", () => {
  it("[TD5] are nearest-rank percentiles", () => {
    const spans = Array.from({ length: 100 }, (_, index) => ({ from: 0, to: index + 1 }));
    expect(latencies(spans)).toEqual({ count: 100, p50: 50, p95: 95, p99: 99 });
    expect(latencies([])).toEqual({ count: 0, p50: 0, p95: 0, p99: 0 });
  });

  it("[TD5] count as undisturbed only outside of outages", () => {
    const fault = { from: 10, to: 20 };
    const spans = [
      { from: 1, to: 10 },
      { from: 9, to: 11 },
      { from: 12, to: 13 },
      { from: 19, to: 30 },
      { from: 5, to: 25 },
      { from: 20, to: 21 },
    ];
    expect(outside(spans, [fault])).toEqual([spans[0], spans[5]]);
  });
});

describe("the display", () => {
  it("[TD1] lines up its columns and fills its bar", () => {
    expect(
      table([
        ["path", "n"],
        ["a", 100],
      ]),
    ).toBe("path    n\n----  ---\na     100");
    expect([bar(0, 10, 4), bar(5, 10, 4), bar(20, 10, 4), bar(0, 0, 4)]).toEqual(["[----]", "[##--]", "[####]", "[####]"]);
  });
});
