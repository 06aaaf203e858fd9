import { describe, it } from "vitest";
import { MUTATIONS } from "../../../prove/builds/mutations.ts";
import { finds, HOUR_MS, shareOf } from "./seeded-bugs.ts";

describe("a seeded bug", () => {
  it.each(shareOf(MUTATIONS, 1, 2))("[SM5] is found: $name, $what", { timeout: HOUR_MS }, (mutation) => finds(mutation, (seed) => ({ seed })));
});
