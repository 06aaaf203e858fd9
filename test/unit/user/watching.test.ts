import { expect, it } from "vitest";
import { isOver, wishOf, without } from "../../../src/domain/user/watching.ts";

it("[PS15] a user is watched until the last of session and time is over", () => {
  expect([isOver({}, 5), isOver({ session: true }, 5), isOver({ until: 6 }, 5), isOver({ until: 5 }, 5), isOver({ session: true, until: 1 }, 5)]).toEqual([
    true,
    false,
    false,
    true,
    false,
  ]);
  const both = { session: true as const, until: 6 };
  expect([wishOf(both), wishOf(without(both, "session")), wishOf(without(both, "until")), wishOf({ until: 6, details: true })]).toEqual([
    {},
    { until: 6 },
    {},
    { until: 6, details: true },
  ]);
});
