import * as z from "zod";
import { type CallerKind, type Operation, operation, type RateClass } from "./operation.ts";

/** What an operation has of its own, beside what all at its place have in common. */
export interface Own<Name extends string, Fields extends z.ZodRawShape, Output extends z.ZodType> {
  readonly name: Name;
  readonly summary: string;
  readonly input: Fields;
  readonly output: Output;
  readonly rest: NonNullable<Operation["rest"]>;
  readonly rate?: RateClass;
  readonly idempotence?: Operation["idempotence"];
  readonly callers?: readonly CallerKind[];
}
type Made<Common extends z.ZodRawShape, Name extends string, Fields extends z.ZodRawShape, Output extends z.ZodType> = Operation<
  Name,
  z.ZodObject<Common & Fields, z.core.$strict>,
  Output
>;

export const READS = { rate: "read", idempotence: "safe" } as const;
export const changesAt = (rate: RateClass) => ({ rate, idempotence: "idempotent" }) as const;

/** Makes operations of one place. `common`: what all their inputs have. */
export const maker =
  <Common extends z.ZodRawShape>(common: Common, base: Omit<Operation, "name" | "summary" | "input" | "output" | "rest">) =>
  <Name extends string, Fields extends z.ZodRawShape, Output extends z.ZodType>(what: Own<Name, Fields, Output>): Made<Common, Name, Fields, Output> =>
    operation({ ...base, ...what, input: z.strictObject({ ...common, ...what.input }) as z.ZodObject<Common & Fields, z.core.$strict> });
