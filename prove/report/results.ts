import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../../src/util/record.ts";
import type { ExperimentResult, MutationResult } from "./report.ts";

/** What was found out about one state of the sources, so that a report can hold all of it: an experiment takes minutes, the seeded bugs an hour. */
interface Kept {
  readonly commit: string;
  readonly experiments: readonly ExperimentResult[];
  readonly mutations: readonly MutationResult[];
}

const NAME = /^kept-.*\.json$/;

/** Keeps what an experiment found, or what became of the seeded bugs. The newest of a name counts. */
export async function keep(folder: string, name: string, commit: string, found: Partial<Omit<Kept, "commit">>): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `kept-${name}.json`), `${JSON.stringify({ experiments: [], mutations: [], ...found, commit }, null, 1)}\n`);
}

/** What was kept of this very state of the sources. */
export async function kept(folder: string, commit: string): Promise<Pick<Kept, "experiments" | "mutations">> {
  const names = await readdir(folder).catch(() => []);
  const all = await Promise.all(names.filter((name) => NAME.test(name)).map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8")) as unknown));
  const own = all.filter(isKept).filter((one) => one.commit === commit);
  return { experiments: own.flatMap(({ experiments }) => experiments), mutations: own.flatMap(({ mutations }) => mutations) };
}

/** The report outlives its run directory; returns where the page is. */
export async function keepReport(folder: string, directory: string, name: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await copyFile(join(directory, "report.json"), join(folder, `${name}.json`));
  const page = join(folder, `${name}.html`);
  await copyFile(join(directory, "report.html"), page);
  return page;
}

/** Ours, written by `keep`: its inside is not looked into further. */
const isKept = (value: unknown): value is Kept =>
  isRecord(value) && typeof value.commit === "string" && Array.isArray(value.experiments) && Array.isArray(value.mutations);
