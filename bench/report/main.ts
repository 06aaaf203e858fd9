/** `node bench/report/main.ts <record>.json`: writes a record's page anew. */
import { readFile, writeFile } from "node:fs/promises";
import type { BenchRecord } from "../lib/record.ts";
import { htmlReport } from "./html.ts";

const [path] = process.argv.slice(2);
if (path?.endsWith(".json") !== true) {
  console.error("usage: node bench/report/main.ts <record>.json");
  process.exit(2);
}
const record: BenchRecord = JSON.parse(await readFile(path, "utf8"), revive);
const page = path.replace(/\.json$/, ".html");
await writeFile(page, await htmlReport(record));
console.log(page);

/** JSON has no NaN: what was not measured is null there. */
function revive(_key: string, value: unknown): unknown {
  return value === null ? Number.NaN : value;
}
