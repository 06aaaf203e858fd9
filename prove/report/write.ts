import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { htmlReport } from "./html.ts";
import { type Report, type ReportOptions, reportOn } from "./report.ts";

/** Judges a run directory and leaves `report.json` and `report.html` in it. */
export async function writeReport(directory: string, options: ReportOptions = {}): Promise<Report> {
  const report = reportOn(directory, options);
  await writeFile(join(directory, "report.json"), `${JSON.stringify(report, null, 1)}\n`);
  await writeFile(join(directory, "report.html"), await htmlReport(report));
  return report;
}
