import type { FigureName } from "../lib/figures.ts";
import type { ContenderName } from "./scenario.ts";

/** What a contender is to reach in a scenario: a bound for a figure or for its ratio to the base, or to be better than others. */
export type Target = { readonly contender: ContenderName; readonly figure: FigureName } & (
  | { readonly kind: "ratio" | "value"; readonly sense: "at least" | "at most"; readonly bound: number }
  | { readonly kind: "above"; readonly others: readonly ContenderName[] }
);

const bounded =
  (kind: "ratio" | "value", sense: "at least" | "at most") =>
  (contender: ContenderName, figure: FigureName, bound: number): Target => ({ contender, figure, kind, sense, bound });

/** Of the ratio to the base, within a pass. */
export const ratioAtLeast = bounded("ratio", "at least");
export const ratioAtMost = bounded("ratio", "at most");
/** Of the figure itself. */
export const valueAtLeast = bounded("value", "at least");
export const valueAtMost = bounded("value", "at most");
/** More work per CPU-second than each of the others. */
export const above = (contender: ContenderName, ...others: readonly ContenderName[]): Target => ({ contender, figure: "perCpuSecond", kind: "above", others });
