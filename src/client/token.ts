import { ACCESS, type Permission, RESOURCE } from "../protocol/token-codec/permissions.ts";
import { RTC_PRIVILEGE, RTM_PRIVILEGE, SERVICE, type Service } from "../protocol/token-codec/services.ts";
import { build007, saltOf } from "../protocol/token-codec/version-007.ts";
import type { Bytes } from "../util/bytes.ts";

/** Names of one kind of thing that a user may read, write, or both. */
export interface NamedAccess {
  read?: readonly string[];
  write?: readonly string[];
}

export type TokenPermissions = { [kind in keyof typeof RESOURCE]?: NamedAccess };

export interface TokenOptions {
  /** 32 hex digits. */
  appId: string;
  /** The app's primary or secondary certificate, 32 hex digits. Keep it on the server. */
  certificate: string;
  userId: string;
  /** Life from issue; the service counts 0, and anything beyond a day, as a day. */
  expireSeconds: number;
  /** Makes a token that reaches only what is named here. Without it the user may reach everything. */
  permissions?: TokenPermissions;
  /** Also lets the user join this stream channel. */
  streamChannel?: string;
  /** The time of issue, when not now. */
  issuedAtMs?: number;
}

/**
 * Builds an AccessToken2 (007) that lets a user log in, for the servers of an app.
 *
 * ```ts
 * const token = await buildToken({ appId, certificate, userId: "alice", expireSeconds: 3600 });
 * ```
 */
export async function buildToken(options: TokenOptions): Promise<string> {
  const { appId, certificate, expireSeconds } = options;
  checkHex(appId, "appId");
  checkHex(certificate, "certificate");
  if (options.userId === "") throw new TypeError("userId is empty");
  if (!Number.isInteger(expireSeconds) || expireSeconds < 0 || expireSeconds > 0xffffffff) {
    throw new TypeError("expireSeconds is not a whole number of seconds");
  }
  const issuedAtSeconds = Math.floor((options.issuedAtMs ?? Date.now()) / 1000);
  const token = { appId, issuedAtSeconds, expireSeconds, salt: randomSalt(), services: servicesFor(options) };
  return build007(token, certificate, { hmacSha256, deflate });
}

function checkHex(value: string, name: string): void {
  if (!/^[0-9a-fA-F]{32}$/.test(value)) throw new TypeError(`${name} does not have 32 hex digits`);
}

function randomSalt(): number {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return saltOf(random);
}

/** Only one of the two RTM services: the one without permissions would give everything. */
function servicesFor({ userId, expireSeconds, permissions, streamChannel }: TokenOptions): Service[] {
  const privileges = new Map([[RTM_PRIVILEGE.login, expireSeconds]]);
  const login: Service = permissions
    ? { type: SERVICE.rtm2, privileges, userId, permissions: numbered(permissions) }
    : { type: SERVICE.rtm, privileges, userId };
  if (streamChannel === undefined) return [login];
  return [login, { type: SERVICE.rtc, privileges: joinPrivileges(expireSeconds), channel: streamChannel, uid: userId }];
}

const joinPrivileges = (expireSeconds: number): Map<number, number> =>
  new Map([
    [RTC_PRIVILEGE.join, expireSeconds],
    [RTC_PRIVILEGE.publishData, expireSeconds],
  ]);

function numbered({ messageChannels, streamChannels, channelGroups, userGroups, users }: TokenPermissions): Permission[] {
  return [
    ...access(RESOURCE.messageChannels, messageChannels),
    ...access(RESOURCE.streamChannels, streamChannels),
    ...access(RESOURCE.channelGroups, channelGroups),
    ...access(RESOURCE.userGroups, userGroups),
    ...access(RESOURCE.users, users),
  ];
}

function access(resource: number, { read, write }: NamedAccess = {}): Permission[] {
  const permissions: Permission[] = [];
  if (read) permissions.push({ resource, access: ACCESS.read, names: read });
  if (write) permissions.push({ resource, access: ACCESS.write, names: write });
  return permissions;
}

async function hmacSha256(key: Bytes, message: Bytes): Promise<Bytes> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, message));
}

async function deflate(bytes: Bytes): Promise<Bytes> {
  const compressed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}
