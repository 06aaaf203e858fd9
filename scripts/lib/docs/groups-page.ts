import { GROUP_PERMISSIONS, type May, type Permission, ROLES, ROOM_PERMISSIONS } from "../../../src/domain/membership/permissions.ts";
import { THREAD_PERMISSIONS, THREAD_ROLES, type ThreadMay, type ThreadRole } from "../../../src/domain/membership/thread-permissions.ts";
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

const IN_THREADS: Readonly<Record<ThreadMay, string>> = { yes: "yes", no: "–", joined: "once joined" };
const THREAD_WORDS: Readonly<Record<ThreadRole, string>> = {
  manager: "owner, admin",
  creator: "who opened it",
  member: "member",
  fellow: "other of the group",
};

export const threadRolesTable = (): string =>
  table(
    ["Act", ...THREAD_ROLES.map((role) => THREAD_WORDS[role])],
    Object.entries(THREAD_PERMISSIONS).map(([act, line]) => [code(act), ...THREAD_ROLES.map((role) => IN_THREADS[line[role]])]),
  );

export const groupsPage = (page: string): string =>
  fillMarkers(fillMarkers(page, "roles", rolesTable(GROUP_PERMISSIONS, "nobody of it")), "thread-roles", threadRolesTable());
export const roomsPage = (page: string): string => fillMarkers(page, "roles", rolesTable(ROOM_PERMISSIONS, "not in it"));
