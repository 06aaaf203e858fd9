import { selfContainedPage } from "../../scripts/lib/page/self-contained.ts";
import type { Report } from "./report.ts";
import { experiments, faults, figures, header, mutations, rules, timeline, violations } from "./sections.ts";

export const htmlReport = (report: Report): Promise<string> =>
  selfContainedPage({
    title: `Wigwag, seed ${report.run.seed}: ${report.holds ? "holds" : "broken"}`,
    body: [header, figures, timeline, rules, violations, faults, experiments, mutations].map((section) => section(report)),
    data: report.timeline,
    program: "prove/report/page/plots.ts",
    style: "prove/report/page/style.css",
  });
