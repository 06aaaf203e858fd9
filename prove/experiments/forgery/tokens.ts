import { inflateSync } from "node:zlib";
import { vendor006, vendor007, vendorToken007 } from "../../../test/unit/access/vendor.ts";
import type { Address } from "../support/service.ts";

/** Something that must not open a door. */
export interface Forgery {
  readonly what: string;
  readonly secret: string;
  /** What a socket may be closed with, and what REST may answer. */
  readonly closes: readonly number[];
  readonly errors: readonly string[];
}

const INVALID = { closes: [4201], errors: ["token_invalid", "token_foreign", "unauthenticated"] } as const;
const EXPIRED = { closes: [4100], errors: ["token_expired"] } as const;
const STRANGER = "ffffffffffffffffffffffffffffffff";
const HOUR = 3_600;
const LOGIN_006 = 1_000;

const seconds = (): number => Math.floor(Date.now() / 1000);

/** As the official builder makes them, for a login to RTM. */
export function official006({ app, certificate }: Address, user: string, expiresAt = seconds() + HOUR): string {
  const token = new vendor006.AccessToken(app, certificate, user, "");
  // 006 ends at its time, 007 so long after it was issued.
  token.ts = expiresAt;
  token.addPriviledge(LOGIN_006, expiresAt);
  return token.build();
}

const official007 = ({ app, certificate }: Address, user: string, issuedAtSeconds = seconds(), expireSeconds = HOUR): string =>
  vendorToken007({ appId: app, certificate, issuedAtSeconds, expireSeconds }, [new vendor007.ServiceRtm(user), { 1: expireSeconds }]);

/** Both versions as they should be: a door that refuses everything proves nothing. */
export const goodTokens = (address: Address, user: string): readonly (readonly [what: string, token: string])[] => [
  ["006", official006(address, user)],
  ["007", official007(address, user)],
];

/** Tokens of all sorts that are not this user's, now, for this app. `step`: every so manieth character is altered or cut at. */
export async function forgedTokens(address: Address, user: string, step: number): Promise<Forgery[]> {
  const { app, certificate } = address;
  const good006 = official006(address, user);
  const good007 = official007(address, user);
  const made: Forgery[] = [
    { what: "006 that has ended", secret: official006(address, user, seconds() - 60), ...EXPIRED },
    { what: "007 that has ended", secret: official007(address, user, seconds() - 2 * HOUR), ...EXPIRED },
    { what: "006 of another user", secret: official006(address, "somebody"), ...INVALID },
    { what: "007 of another user", secret: official007(address, "somebody"), ...INVALID },
    { what: "007 of a user whose name begins the same", secret: official007(address, user.slice(0, -1)), ...INVALID },
    { what: "006 of another app", secret: official006({ ...address, app: STRANGER }, user), ...INVALID },
    { what: "007 of another app", secret: official007({ ...address, app: STRANGER }, user), ...INVALID },
    { what: "006 signed by a stranger", secret: official006({ ...address, certificate: STRANGER }, user), ...INVALID },
    { what: "007 signed by a stranger", secret: official007({ ...address, certificate: STRANGER }, user), ...INVALID },
    { what: "007 signed with the app's id", secret: official007({ ...address, certificate: app }, user), ...INVALID },
    { what: "007 for calls only", secret: forService(address, new vendor007.ServiceRtc("room", user)), ...INVALID },
    { what: "007 for the chat of somebody else", secret: forService(address, new vendor007.ServiceChat("somebody-else")), ...INVALID },
    { what: "007 without a service", secret: vendorToken007({ appId: app, certificate, issuedAtSeconds: seconds(), expireSeconds: HOUR }), ...INVALID },
    { what: "006 that says it is 007", secret: `007${good006.slice(3)}`, ...INVALID },
    { what: "007 that says it is 006", secret: `006${good007.slice(3)}`, ...INVALID },
    { what: "a version nobody knows", secret: `008${good007.slice(3)}`, ...INVALID },
    { what: "a JWT that says it needs no signature", secret: unsignedJwt(user), ...INVALID },
    { what: "the app's id", secret: app, ...INVALID },
    { what: "the app's certificate", secret: certificate, ...INVALID },
    { what: "007 twice", secret: good007 + good007.slice(3), ...INVALID },
    { what: "007 in lower case", secret: good007.toLowerCase(), ...INVALID },
    { what: "7 KB of letters", secret: "007".padEnd(7 * 1024, "A"), ...INVALID },
    { what: "a ticket of no service", secret: `session-1.${"A".repeat(200)}`, ...INVALID },
  ];
  for (const [version, good] of [
    ["006", good006],
    ["007", good007],
  ] as const) {
    made.push(
      ...altered(good, step)
        .filter((secret) => !saysTheSame(secret, good))
        .map((secret, index) => ({ what: `${version}, altered, ${index}`, secret, ...INVALID })),
    );
    made.push(...cut(good, step).map((secret) => ({ what: `${version}, cut to ${secret.length}`, secret, ...INVALID })));
  }
  return made;
}

const forService = ({ app, certificate }: Address, service: InstanceType<typeof vendor007.ServiceRtc>): string =>
  vendorToken007({ appId: app, certificate, issuedAtSeconds: seconds(), expireSeconds: HOUR }, [service, { 1: HOUR }]);

function unsignedJwt(user: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none", typ: "JWT" })}.${part({ sub: user, user, exp: seconds() + HOUR })}.`;
}

/** One character changed to another one of base64. */
export const altered = (text: string, step: number): string[] =>
  places(text, step).map((at) => text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1));
export const cut = (text: string, step: number): string[] => places(text.replace(/=+$/, ""), step).map((at) => text.slice(0, at));
const places = (text: string, step: number): number[] =>
  Array.from({ length: Math.ceil((text.length - 1) / step) }, (_, index) => 1 + index * step).filter((at) => at < text.length);

/** Base64 and deflate have bits that mean nothing. */
function saysTheSame(one: string, other: string): boolean {
  if (one.slice(0, 3) !== other.slice(0, 3)) return false;
  const [a, b] = [one, other].map((token) => Buffer.from(token.slice(token.startsWith("006") ? 35 : 3), "base64"));
  if (a === undefined || b === undefined) return false;
  if (one.startsWith("006")) return one.slice(0, 35) === other.slice(0, 35) && a.equals(b);
  try {
    return inflateSync(a).equals(inflateSync(b));
  } catch {
    return false;
  }
}
