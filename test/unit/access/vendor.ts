import { createRequire } from "node:module";

/** The vendor's token libraries as far as the tests use them: the official builders are the oracle. */
export interface VendorService {
  add_privilege(privilege: number, expire: number): void;
}
export interface VendorToken {
  appId: unknown;
  issueTs: number;
  expire: number;
  salt: number;
  services: {
    service_type(): number;
    __user_id?: unknown;
    __permissions?: { details: unknown };
    __privileges: unknown;
  }[];
  add_service(service: VendorService): void;
  build(): string;
  from_string(token: string): boolean;
  verifySignature(certificate: string): boolean;
}
interface Vendor007 {
  AccessToken2: new (appId: string, certificate: string, issueTs: number, expire: number) => VendorToken;
  Rtm2Permissions: new () => { add(resource: number, permission: number, names: readonly string[]): void };
  Service: new (type: number) => VendorService;
  ServiceApaas: new (room: string, user: string, role: number) => VendorService;
  ServiceChat: new (user?: string) => VendorService;
  ServiceConvoAI: new () => VendorService;
  ServiceFCdn: new (channel: string, account: string) => VendorService;
  ServiceFpa: new () => VendorService;
  ServiceRtc: new (channel: string, uid: string | number) => VendorService;
  ServiceRtm: new (user: string) => VendorService;
  ServiceRtm2: new (user: string, permissions?: object) => VendorService;
  ServiceStt: new () => VendorService;
  ServiceStreaming: new (channel: string, account: string) => VendorService;
}
interface Vendor006 {
  AccessToken: new (
    appId: string,
    certificate: string,
    channel: string,
    uid: string | number,
  ) => {
    salt: number;
    ts: number;
    messages: Record<number, number>;
    addPriviledge(privilege: number, time: number): void;
    build(): string;
    fromString(token: string): boolean;
    signature: Uint8Array;
  };
}

const require = createRequire(import.meta.url);
export const vendor007: Vendor007 = require("agora-token/src/AccessToken2.js");
export const vendor006: Vendor006 = require("agora-access-token/src/AccessToken.js");

export interface Vendor007Options {
  appId: string;
  certificate: string;
  issuedAtSeconds: number;
  expireSeconds: number;
}

/** A token with these services, each with its privileges. */
export function vendorToken007(
  { appId, certificate, issuedAtSeconds, expireSeconds }: Vendor007Options,
  ...services: readonly (readonly [VendorService, Record<number, number>])[]
): string {
  const token = new vendor007.AccessToken2(appId, certificate, issuedAtSeconds, expireSeconds);
  for (const [service, privileges] of services) {
    for (const [privilege, life] of Object.entries(privileges)) service.add_privilege(Number(privilege), life);
    token.add_service(service);
  }
  return token.build();
}
