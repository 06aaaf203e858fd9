/** The rules of `docs/spec/*.md` and the tests that show them. */

export interface Rule {
  readonly id: string;
  readonly file: string;
}

/** `- **CH3** one observable behaviour` */
const RULE = /^- \*\*([A-Z]{2,4}\d+)\*\* /gm;
/** A rule's id in a test's title. Ids that stand in data have no quote, space or bracket before them. */
const TESTED = /["'`\] ]\[([A-Z]{2,4}\d+)\]/g;

export const rulesOf = (file: string, text: string): Rule[] => [...text.matchAll(RULE)].map(([, id = ""]) => ({ id, file }));
export const testedIn = (text: string): string[] => [...text.matchAll(TESTED)].map(([, id = ""]) => id);

/** What is wrong with rules and tests together, a line each; nothing when every rule has a test and every test's id a rule. */
export function mismatches(rules: readonly Rule[], tests: readonly { readonly file: string; readonly text: string }[]): string[] {
  const problems: string[] = [];
  const known = new Map<string, Rule>();
  for (const rule of rules) {
    const before = known.get(rule.id);
    if (before !== undefined) problems.push(`${rule.id} is written twice: ${before.file} and ${rule.file}`);
    known.set(rule.id, rule);
  }
  const tested = new Set<string>();
  for (const { file, text } of tests) {
    for (const id of testedIn(text)) {
      tested.add(id);
      if (!known.has(id)) problems.push(`${file}: [${id}] is no rule of docs/spec`);
    }
  }
  for (const { id, file } of rules) if (!tested.has(id)) problems.push(`${id} (${file}) has no test`);
  return [...new Set(problems)];
}
