/** One thing of the product that somebody comes from: what it is here, and the rules that say so. */
export interface CoverageRow {
  readonly there: string;
  readonly here: string;
  readonly rules: readonly string[];
}

const ROW = /^\| (?<there>.+) \| (?<here>.+) \| ?(?<rules>[A-Z0-9 ]*)\|$/;
const OPEN = "not yet";
const DECIDED = "not here";

/** Rows of the tables of a page whose third column names rules. */
export function coverageRows(page: string): CoverageRow[] {
  return page.split("\n").flatMap((line) => {
    const { there = "", here = "", rules = "" } = ROW.exec(line)?.groups ?? {};
    return there === "" || there === "---" || there === "There" ? [] : [{ there, here, rules: rules.split(" ").filter((rule) => rule !== "") }];
  });
}

/** Rows that neither name a rule nor say why there is none, and rules that do not exist. */
export function coverageProblems(rows: readonly CoverageRow[], known: ReadonlySet<string>): string[] {
  return rows.flatMap(({ there, here, rules }) => {
    const excused = here.startsWith(OPEN) || here.startsWith(DECIDED);
    const bare = rules.length === 0 && !excused ? [`"${there}" names no rule`] : [];
    return [...bare, ...rules.filter((rule) => !known.has(rule)).map((rule) => `"${there}" names ${rule}, which is no rule`)];
  });
}

export const openRows = (rows: readonly CoverageRow[]): readonly CoverageRow[] => rows.filter(({ here }) => here.startsWith(OPEN));
