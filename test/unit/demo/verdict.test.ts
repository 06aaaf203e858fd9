import { describe, expect, it } from "vitest";
import type { Acknowledged, Receipt } from "../../../scripts/demo/journal.ts";
import { type Plan, peerOf, scriptOf } from "../../../scripts/demo/plan.ts";
import { isGood, type JudgedRow } from "../../../scripts/demo/sheet.ts";
import { judge } from "../../../scripts/demo/verdict.ts";

const plan: Plan = {
  url: "",
  app: "",
  channel: "room",
  users: ["ann", "bob"],
  scripts: { ann: [{ line: "one" }, { chunk: 0 }], bob: [{ line: "two" }] },
  messagesPerSecond: 1,
};
const common = { sentAt: 1, receivedAt: 2 };
const peer: Receipt[] = [
  { path: "peer", from: "ann", n: 1, line: "one", ...common },
  { path: "peer", from: "ann", n: 2, chunk: 0, ...common },
];
const acks: Acknowledged[] = [1, 2].map((n) => ({ path: "peer", n, sentAt: 1, ackedAt: 2 }));

/** What is found of the messages from ann to bob. */
function annToBob(receipts: readonly Receipt[], { acknowledged = acks, picture = true } = {}): JudgedRow {
  const journals = { receipts: new Map([["bob", receipts]]), acknowledged: new Map([["ann", acknowledged]]) };
  const row = judge(plan, journals, () => picture).find(({ path, from }) => path === "peer" && from === "ann");
  if (row === undefined) throw new Error("no such row");
  return { ...row, recognised: 0, unexcused: 0 };
}

describe("the verdict", () => {
  it("[TD3] is good when all is there once", () => {
    const row = annToBob(peer);
    expect(row).toMatchObject({ sent: 2, acknowledged: 2, toDeliver: 2, delivered: 2, missed: 0, duplicated: 0, outOfOrder: 0, changed: 0, pictures: 1 });
    expect(isGood(row)).toBe(true);
  });

  it.each<[string, Partial<JudgedRow>, JudgedRow]>([
    ["missing", { missed: 1, delivered: 1 }, annToBob(peer.slice(0, 1))],
    ["doubled", { duplicated: 1, delivered: 2, missed: 0 }, annToBob([...peer, ...peer.slice(1)])],
    ["out of order", { outOfOrder: 1 }, annToBob(peer.toReversed())],
    ["changed", { changed: 1 }, annToBob(peer.map((entry) => (entry.n === 1 ? { ...entry, line: "One" } : entry)))],
    ["never sent", { changed: 1 }, annToBob([...peer, { path: "peer", from: "ann", n: 3, line: "three", ...common }])],
    ["not acknowledged", { acknowledged: 1 }, annToBob(peer, { acknowledged: acks.slice(0, 1) })],
    ["another picture", { pictures: 0 }, annToBob(peer, { picture: false })],
    ["repeated without reason", { unexcused: 1 }, { ...annToBob(peer), unexcused: 1 }],
  ])("[TD3] sees what is %s", (_name, found, row) => {
    expect(row).toMatchObject(found);
    expect(isGood(row)).toBe(false);
  });

  it("[TD3] expects of a channel that its members hear themselves", () => {
    const rows = judge(plan, { receipts: new Map(), acknowledged: new Map() }, () => true);
    expect(rows.map(({ path, from, toDeliver }) => [path, from, toDeliver])).toEqual([
      ["peer", "ann", 2],
      ["peer", "bob", 1],
      ["channel", "ann", 4],
      ["channel", "bob", 2],
    ]);
    expect(peerOf(plan, "bob")).toBe("ann");
  });
});

describe("the script of a user", () => {
  it("[TD1] is a share of the lines with all chunks among them", () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    const script = scriptOf(lines, 1, 3, 6, 2);
    expect(script.filter((item) => "chunk" in item)).toEqual([{ chunk: 0 }, { chunk: 1 }]);
    expect(script.flatMap((item) => ("line" in item ? [item.line] : []))).toEqual(["line 1", "line 4", "line 10", "line 16", "line 19", "line 25"]);
    expect(script[0]).toEqual({ chunk: 0 });
  });
});
