import { GROUP_PERMISSIONS, type May, ROLES } from "../../../src/domain/membership/permissions.ts";
import { code, fillMarkers, table } from "./markdown.ts";

const WORDS: Readonly<Record<May, string>> = {
  yes: "yes",
  no: "–",
  own: "own",
  members: "members",
  ifInvitesOpen: "if members may invite",
  ifPublic: "if public",
  ifInvited: "if invited",
};

/** The table of roles, as the service decides by it. */
export const rolesTable = (): string =>
  table(
    ["Act", ...ROLES.map((role) => (role === "stranger" ? "nobody of it" : role))],
    Object.entries(GROUP_PERMISSIONS).map(([act, permission]) => [code(act), ...ROLES.map((role) => WORDS[permission[role]])]),
  );

export const groupsPage = (page: string): string => fillMarkers(page, "roles", rolesTable());
