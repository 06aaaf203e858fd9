/** `node prove/report/main.ts <run directory>`: judges a run again, and writes its report anew. */
import { join } from "node:path";
import { terminalReport } from "./terminal.ts";
import { writeReport } from "./write.ts";

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  console.error("usage: node prove/report/main.ts <run directory>");
  process.exit(2);
}
const report = await writeReport(directory);
console.log(terminalReport(report));
console.log(`\n${join(directory, "report.html")}`);
process.exit(report.holds ? 0 : 1);
