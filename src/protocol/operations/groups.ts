import * as z from "zod";
import { userId } from "../ids.ts";
import { listedGroup } from "../messages/group.ts";
import { next, page } from "./membership.ts";
import { operation } from "./operation.ts";

const groups = z.strictObject({ groups: z.array(z.strictObject({ group: userId, ...listedGroup.shape })), next });
const common = { input: z.strictObject(page), output: groups, rate: "read", idempotence: "safe", body: "json", runsAt: { place: "database" } } as const;

export const groupsPublic = operation({
  ...common,
  name: "groups.public",
  summary: "The app's public groups by id, as anybody may see them before joining. A change is in it soon after; group.get says what is now.",
  callers: ["user", "server"],
  rest: { method: "GET", path: "/public-groups" },
});

export const groupsList = operation({
  ...common,
  name: "groups.list",
  summary: "All groups of the app by id, public or not. A change is in it soon after; group.get says what is now.",
  callers: ["server"],
  rest: { method: "GET", path: "/groups" },
});
