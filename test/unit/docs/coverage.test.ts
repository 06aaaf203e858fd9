import { describe, expect, it } from "vitest";
import { coverageProblems, coverageRows, openRows } from "../../../scripts/lib/coverage.ts";

const PAGE = `# A page

| There | Here | Rules |
| --- | --- | --- |
| recall | the same | CV6 CV7 |
| import | not yet | |
| passwords | not here: the app's own | |
| typing | \`typing\` | |
| pins | \`pin\` | XX1 |

Prose with | in it.
`;

describe("the coverage of another product", () => {
  const rows = coverageRows(PAGE);

  it("[DC9] reads the rows of its tables", () => {
    expect(rows.map(({ there, rules }) => [there, rules])).toEqual([
      ["recall", ["CV6", "CV7"]],
      ["import", []],
      ["passwords", []],
      ["typing", []],
      ["pins", ["XX1"]],
    ]);
  });

  it("[DC9] tells of rows without a rule or a reason, and of rules that there are not", () => {
    expect(coverageProblems(rows, new Set(["CV6", "CV7"]))).toEqual(['"typing" names no rule', '"pins" names XX1, which is no rule']);
  });

  it("[DC9] counts what is open", () => {
    expect(openRows(rows).map(({ there }) => there)).toEqual(["import"]);
  });
});
