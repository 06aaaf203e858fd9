import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { ChannelRef } from "../../protocol/names.ts";
import { ACCESS, type Permission, RESOURCE } from "../../protocol/token-codec/permissions.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { utf8Bytes } from "../../util/text.ts";

export type Resource = keyof typeof RESOURCE;
export type Access = "r" | "w" | "rw";

export interface Grant {
  resource: Resource;
  access: Access;
  names: readonly string[];
}

/** What a token lets its user reach: everything, or just the named things. Plain JSON, for attachments and tickets. */
export type ChannelRights = "all" | readonly Grant[];

export const mayRead = (rights: ChannelRights, resource: Resource, name: string): boolean => may(rights, "r", resource, name);
export const mayWrite = (rights: ChannelRights, resource: Resource, name: string): boolean => may(rights, "w", resource, name);

/** Who may go into a room, and what it may do there, the room says. */
export const readsChannel = (rights: ChannelRights, { type, name }: ChannelRef): boolean => type === "room" || mayRead(rights, channelResource(type), name);
/** Nothing is published to a room but by its own operations. */
export const writesChannel = (rights: ChannelRights, { type, name }: ChannelRef): boolean => type !== "room" && mayWrite(rights, channelResource(type), name);
export const channelResource = (type: ChannelRef["type"]): "messageChannels" | "streamChannels" => (type === "stream" ? "streamChannels" : "messageChannels");

/** A scan: bounded rights make an index not worth its memory in every session. */
function may(rights: ChannelRights, access: "r" | "w", resource: Resource, name: string): boolean {
  if (rights === "all") return true;
  return rights.some((grant) => grant.resource === resource && grant.access.includes(access) && grant.names.includes(name));
}

const RESOURCES: readonly Resource[] = ["messageChannels", "streamChannels", "channelGroups", "userGroups", "users"];
const ACCESSES: readonly Access[] = ["r", "w", "rw"];

/** The rights of a type 8 service. What it does not name it does not allow; numbers we do not know allow nothing. */
export function rightsOf(permissions: readonly Permission[]): Result<ChannelRights, WireError> {
  const rights = RESOURCES.flatMap((resource) => grantsFor(resource, permissions));
  if (utf8Bytes(JSON.stringify(rights)) <= LIMITS.tokenRightsBytes) return ok(rights);
  const message = `the token's permissions take more than ${LIMITS.tokenRightsBytes} bytes`;
  return err(wireError("limit_exceeded", { message, field: "permissions", limit: LIMITS.tokenRightsBytes }));
}

function grantsFor(resource: Resource, permissions: readonly Permission[]): Grant[] {
  const readable = namesOf(resource, ACCESS.read, permissions);
  const writable = namesOf(resource, ACCESS.write, permissions);
  const grants: Grant[] = [
    { resource, access: "rw", names: [...readable].filter((name) => writable.has(name)) },
    { resource, access: "r", names: [...readable].filter((name) => !writable.has(name)) },
    { resource, access: "w", names: [...writable].filter((name) => !readable.has(name)) },
  ];
  return grants.filter(({ names }) => names.length > 0);
}

const namesOf = (resource: Resource, access: number, permissions: readonly Permission[]): Set<string> =>
  new Set(permissions.filter((permission) => permission.resource === RESOURCE[resource] && permission.access === access).flatMap(({ names }) => names));

/** Rights that come back from where JSON was kept; undefined for anything else. */
export function parseRights(value: unknown): ChannelRights | undefined {
  if (value === "all") return value;
  return Array.isArray(value) && value.every(isGrant) ? value : undefined;
}

function isGrant(value: unknown): value is Grant {
  if (typeof value !== "object" || value === null) return false;
  if (!("resource" in value && "access" in value && "names" in value)) return false;
  const { resource, access, names } = value;
  return (
    RESOURCES.some((known) => known === resource) &&
    ACCESSES.some((known) => known === access) &&
    Array.isArray(names) &&
    names.every((name) => typeof name === "string")
  );
}
