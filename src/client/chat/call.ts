import type { InputOf, OperationName, OutputOf } from "../../protocol/operations/catalogue.ts";

/** Any operation of the catalogue. */
export type Call = <Op extends OperationName>(op: Op, input: InputOf<Op>) => Promise<OutputOf<Op>>;
