import { GROUP_PERMISSIONS, type May, type Permission, ROLES, ROOM_PERMISSIONS } from "../../../src/domain/membership/permissions.ts";
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

/** A table of roles, as the service decides by it. */
const rolesTable = (permissions: Readonly<Record<string, Permission>>, stranger: string): string =>
  table(
    ["Act", ...ROLES.map((role) => (role === "stranger" ? stranger : role))],
    Object.entries(permissions).map(([act, permission]) => [code(act), ...ROLES.map((role) => WORDS[permission[role]])]),
  );

export const groupsPage = (page: string): string => fillMarkers(page, "roles", rolesTable(GROUP_PERMISSIONS, "nobody of it"));
export const roomsPage = (page: string): string => fillMarkers(page, "roles", rolesTable(ROOM_PERMISSIONS, "not in it"));
