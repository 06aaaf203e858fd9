import type { Transport } from "../../../src/client/index.ts";
import type { Contender } from "./job.ts";

/** Undefined: the SDK's own. */
export function transportOf(_contender: Contender): Transport | undefined {
  return undefined;
}
