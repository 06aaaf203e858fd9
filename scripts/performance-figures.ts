/** Fills the tables of docs/performance.md from records: `node scripts/performance-figures.ts <record>.json <simulate record>.json…` */
import { figuresOf } from "./lib/docs/figures.ts";
import { put, read } from "./lib/docs/files.ts";
import { fillMarkers } from "./lib/docs/markdown.ts";
import { simulationsOf, targetsOf } from "./lib/docs/performance.ts";

const PAGE = "docs/performance.md";

const [bench, ...simulations] = process.argv.slice(2).map((path): unknown => JSON.parse(read(path)));
if (bench === undefined || simulations.length === 0) {
  console.error("usage: node scripts/performance-figures.ts <record of the benchmark>.json <record of a simulation>.json…");
  process.exit(2);
}
const tables = { targets: targetsOf(bench), bench: figuresOf(bench), simulation: simulationsOf(simulations) };
put(
  PAGE,
  Object.entries(tables).reduce((page, [name, content]) => fillMarkers(page, name, content), read(PAGE)),
  false,
);
