/** Fills the figures of both READMEs from a record of the benchmark: `node scripts/readme-figures.ts [bench/results/<record>.json]`, the newest by default. */
import { figuresOf } from "./lib/docs/figures.ts";
import { filesBelow, put, read } from "./lib/docs/files.ts";
import { fillMarkers } from "./lib/docs/markdown.ts";

const path = process.argv[2] ?? filesBelow("bench/results", [".json"]).at(-1);
if (path === undefined) {
  console.error("there is no record in bench/results: run `npm run bench` first");
  process.exit(1);
}
/** What stands on the front page; all of it is in docs/performance.md. */
const CHOICE = {
  scenarios: ["fan-out-100", "fan-out-1000", "fan-out-5000", "channels-200", "peers-window-16", "quiet-1000", "durable", "resume", "storm"],
  contenders: ["bare", "bare-storing", "wigwag", "ws", "socketio", "mosquitto-qos1"],
};
const figures = figuresOf(JSON.parse(read(path)), CHOICE);
for (const readme of ["README.md", "README.zh-CN.md"]) put(readme, fillMarkers(read(readme), "bench", figures), false);
