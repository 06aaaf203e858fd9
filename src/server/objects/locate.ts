import { parseConversationName } from "../../protocol/conversation-name.ts";
import { CALL_ID, type ChannelRef, isAppId, isChannelType, isName, type UserId } from "../../protocol/names.ts";
import { isRecord } from "../../util/record.ts";
import type { Env } from "../env.ts";

/**
 * The only place that makes names and stubs. The name carries the tenant, and the jurisdiction is part of an object's
 * identity: whoever calls must pass the app's. Objects have their own in `ctx.id.jurisdiction`.
 */
export interface Where {
  readonly jurisdiction?: string | undefined;
  /** Where to create the object; heeded on its very first use only. */
  readonly hint?: DurableObjectLocationHint | undefined;
}

export type ObjectName =
  | { readonly kind: "user"; readonly app: string; readonly user: UserId }
  | { readonly kind: "channel"; readonly app: string; readonly channel: ChannelRef }
  | { readonly kind: "leaf"; readonly app: string; readonly channel: ChannelRef; readonly role: "leaf" | "relay"; readonly index: number }
  | { readonly kind: "groupLeaf"; readonly app: string; readonly group: string; readonly index: number }
  | { readonly kind: "call"; readonly app: string; readonly call: string }
  | { readonly kind: "conversation"; readonly app: string; readonly conversation: string }
  | { readonly kind: "directory"; readonly app: string }
  | { readonly kind: "settings"; readonly app: string }
  | { readonly kind: "events"; readonly app: string; readonly shard: number };

export const userName = (app: string, user: UserId): string => `${app}:user:${user}`;
export const channelName = (app: string, channel: ChannelRef): string => `${app}:channel:${channel.type}:${channel.name}`;
/** `child`: a leaf's number, or `r` and a relay's. */
export const leafName = (app: string, channel: ChannelRef, child: string): string => `${app}:leaf:${channel.type}:${child}:${channel.name}`;
export const groupLeafName = (app: string, group: string, index: number): string => `${app}:group-leaf:${index}:${group}`;
export const callName = (app: string, call: string): string => `${app}:call:${call}`;
/** By the one name it has for all its members. */
export const conversationObjectName = (app: string, conversation: string): string => `${app}:conv:${conversation}`;
export const directoryName = (app: string): string => `${app}:directory`;
export const settingsName = (app: string): string => `${app}:settings`;
export const eventsName = (app: string, shard: number): string => `${app}:events:${shard}`;

export function userObject(env: Env, app: string, user: UserId, where: Where = {}) {
  return namespaceIn(env, env.USER, where).getByName(userName(app, user), options(where));
}

export function channelObject(env: Env, app: string, channel: ChannelRef, where: Where = {}) {
  return namespaceIn(env, env.CHANNEL, where).getByName(channelName(app, channel), options(where));
}

export function leafObject(env: Env, app: string, channel: ChannelRef, child: string, where: Where = {}) {
  return namespaceIn(env, env.LEAF, where).getByName(leafName(app, channel, child), options(where));
}

export function groupLeafObject(env: Env, app: string, group: string, index: number, where: Where = {}) {
  return namespaceIn(env, env.GROUP_LEAF, where).getByName(groupLeafName(app, group, index), options(where));
}

export function callObject(env: Env, app: string, call: string, where: Where = {}) {
  return namespaceIn(env, env.CALL, where).getByName(callName(app, call), options(where));
}

export function conversationObject(env: Env, app: string, conversation: string, where: Where = {}) {
  return namespaceIn(env, env.CONVERSATION, where).getByName(conversationObjectName(app, conversation), options(where));
}

export function directoryObject(env: Env, app: string, where: Where = {}) {
  return namespaceIn(env, env.DIRECTORY, where).getByName(directoryName(app), options(where));
}

export function eventsObject(env: Env, app: string, shard: number, where: Where = {}) {
  return namespaceIn(env, env.EVENTS, where).getByName(eventsName(app, shard), options(where));
}

/** Speaks nothing but `fetch`. */
export function settingsObject(env: Env, app: string, where: Where = {}): DurableObjectStub {
  return namespaceIn(env, env.SETTINGS, where).getByName(settingsName(app), options(where));
}

/** What an object reads back from `ctx.id.name`. Only the last part may hold colons, so nothing can be confused. */
export function parseObjectName(name: string): ObjectName | undefined {
  const [app = "", kind = ""] = name.split(":", 2);
  if (!isAppId(app)) return undefined;
  const rest = name.slice(app.length + kind.length + 2);
  if (kind === "settings") return rest === "" && name === settingsName(app) ? { kind, app } : undefined;
  if (kind === "events") return /^\d{1,3}$/.test(rest) ? { kind, app, shard: Number(rest) } : undefined;
  if (kind === "directory") return rest === "" && name === directoryName(app) ? { kind, app } : undefined;
  if (kind === "conv") return parseConversationName(rest) === undefined ? undefined : { kind: "conversation", app, conversation: rest };
  if (kind === "user") return isName(rest) ? { kind, app, user: rest } : undefined;
  if (kind === "call") return CALL_ID.test(rest) ? { kind, app, call: rest } : undefined;
  if (kind === "leaf") return parseLeaf(app, rest);
  if (kind === "group-leaf") return parseGroupLeaf(app, rest);
  if (kind !== "channel") return undefined;
  const [type = ""] = rest.split(":", 1);
  const channel = rest.slice(type.length + 1);
  return isChannelType(type) && isName(channel) ? { kind, app, channel: { type, name: channel } } : undefined;
}

function parseLeaf(app: string, rest: string): ObjectName | undefined {
  const [, type, relay, index = "", name] = /^([a-z]+):(r?)(\d{1,4}):(.*)$/s.exec(rest) ?? [];
  if (!isChannelType(type) || !isName(name)) return undefined;
  return { kind: "leaf", app, channel: { type, name }, role: relay === "r" ? "relay" : "leaf", index: Number(index) };
}

function parseGroupLeaf(app: string, rest: string): ObjectName | undefined {
  const [, index = "", group] = /^(\d{1,4}):(.*)$/s.exec(rest) ?? [];
  return isName(group) ? { kind: "groupLeaf", app, group, index: Number(index) } : undefined;
}

const JURISDICTIONS: ReadonlySet<string> = new Set(["eu", "fedramp", "fedramp-high", "us"] satisfies DurableObjectJurisdiction[]);
export const isJurisdiction = (value: unknown): value is DurableObjectJurisdiction => typeof value === "string" && JURISDICTIONS.has(value);

function namespaceIn<T extends Rpc.DurableObjectBranded | undefined>(
  env: Env,
  namespace: DurableObjectNamespace<T>,
  { jurisdiction }: Where,
): DurableObjectNamespace<T> {
  if (jurisdiction === undefined) return namespace;
  // A name we do not know must never fall back to "anywhere".
  if (!isJurisdiction(jurisdiction)) throw new TypeError(`unknown jurisdiction ${jurisdiction}`);
  try {
    return namespace.jurisdiction(jurisdiction);
  } catch (error) {
    // workerd 1.20261102.1 throws this. Only a development set-up may go on without the border.
    if (env.WIGWAG_DEV_APP_ID !== undefined && error instanceof Error && /not implemented/i.test(error.message)) return namespace;
    throw error;
  }
}

const options = ({ hint }: Where): DurableObjectNamespaceGetDurableObjectOptions => (hint === undefined ? {} : { locationHint: hint });

/** The region nearest to the first user of an object. Undefined leaves it to the platform: near the calling data centre. */
export function locationHint(requestCf: unknown): DurableObjectLocationHint | undefined {
  const cf = isRecord(requestCf) ? requestCf : {};
  const country = typeof cf.country === "string" ? cf.country : "";
  if (MIDDLE_EAST.has(country)) return "me";
  if (APAC_NORTH_EAST.has(country)) return "apac-ne";
  if (APAC_SOUTH_EAST.has(country)) return "apac-se";
  const longitude = Number(cf.longitude ?? Number.NaN);
  switch (cf.continent) {
    case "NA":
      return longitude < WEST_OF ? "wnam" : "enam";
    case "SA":
      return "sam";
    case "EU":
      return EASTERN_EUROPE.has(country) ? "eeur" : "weur";
    case "AS":
      return "apac";
    case "OC":
      return "oc";
    case "AF":
      return "afr";
    default:
      return undefined;
  }
}

/** Degrees: the middle of North America. */
const WEST_OF = -100;
const MIDDLE_EAST = new Set("AE BH IL IQ IR JO KW LB OM PS QA SA SY TR YE".split(" "));
const APAC_NORTH_EAST = new Set("JP KR TW HK MO CN MN".split(" "));
const APAC_SOUTH_EAST = new Set("SG MY ID TH VN PH KH LA MM BN TL".split(" "));
const EASTERN_EUROPE = new Set("BG BY CZ EE FI GR HU LT LV MD PL RO RS RU SK UA".split(" "));
