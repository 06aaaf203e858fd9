import type { ByteReader } from "../../util/byte-reader.ts";
import { ByteWriter } from "../../util/byte-writer.ts";
import type { Bytes } from "../../util/bytes.ts";
import { type Permission, readPermissions, writePermissions } from "./permissions.ts";
import { type Privileges, readPrivileges, writePrivileges } from "./privileges.ts";

/** The services of AccessToken2, by type number. */
export const SERVICE = {
  rtc: 1,
  rtm: 2,
  streaming: 3,
  fpa: 4,
  chat: 5,
  fcdn: 6,
  apaas: 7,
  rtm2: 8,
  conversationalAi: 9,
  speechToText: 10,
} as const;

export const RTC_PRIVILEGE = { join: 1, publishAudio: 2, publishVideo: 3, publishData: 4 } as const;
/** Of both RTM services. */
export const RTM_PRIVILEGE = { login: 1 } as const;
export const CHAT_PRIVILEGE = { user: 1, app: 2 } as const;

export interface RtcService {
  type: typeof SERVICE.rtc;
  privileges: Privileges;
  channel: string;
  /** Empty: good for whoever is logged in. */
  uid: string;
}
export interface RtmService {
  type: typeof SERVICE.rtm;
  privileges: Privileges;
  userId: string;
}
export interface ChatService {
  type: typeof SERVICE.chat;
  privileges: Privileges;
  /** Empty in an app token. */
  userId: string;
}
export interface Rtm2Service {
  type: typeof SERVICE.rtm2;
  privileges: Privileges;
  userId: string;
  permissions: readonly Permission[];
}
export type Service = RtcService | RtmService | ChatService | Rtm2Service;

/** The service; "skipped" for a known one that is none of our business; undefined for one whose length nobody knows. */
export function readService(reader: ByteReader): Service | "skipped" | undefined {
  const type = reader.uint16();
  switch (type) {
    case SERVICE.rtc:
      return { type, privileges: readPrivileges(reader), channel: reader.string(), uid: reader.string() };
    case SERVICE.rtm:
    case SERVICE.chat:
      return { type, privileges: readPrivileges(reader), userId: reader.string() };
    case SERVICE.rtm2:
      return {
        type,
        privileges: readPrivileges(reader),
        userId: reader.string(),
        permissions: readPermissions(reader),
      };
    case SERVICE.streaming:
    case SERVICE.fcdn:
      return skip(reader, 2, 0);
    case SERVICE.apaas:
      return skip(reader, 2, 2);
    case SERVICE.fpa:
    case SERVICE.conversationalAi:
    case SERVICE.speechToText:
      return skip(reader, 0, 0);
    default:
      return undefined;
  }
}

/** Passes over the payload of a foreign service: so many strings, then so many bytes. */
function skip(reader: ByteReader, strings: number, bytes: number): "skipped" {
  readPrivileges(reader);
  for (let left = strings; left > 0; left--) reader.block();
  reader.bytes(bytes);
  return "skipped";
}

export function encodeService(service: Service): Bytes {
  const writer = new ByteWriter().uint16(service.type);
  writePrivileges(writer, service.privileges);
  if (service.type === SERVICE.rtc) return writer.string(service.channel).string(service.uid).finish();
  writer.string(service.userId);
  if (service.type === SERVICE.rtm2) writePermissions(writer, service.permissions);
  return writer.finish();
}
