import type { ByteReader } from "../../util/byte-reader.ts";
import type { ByteWriter } from "../../util/byte-writer.ts";

/** Privilege number to time. 006: absolute unix seconds. 007: seconds after issue, 0 for the life of the token. */
export type Privileges = ReadonlyMap<number, number>;

export function readPrivileges(reader: ByteReader): Privileges {
  const privileges = new Map<number, number>();
  for (let left = reader.uint16(); left > 0; left--) privileges.set(reader.uint16(), reader.uint32());
  return privileges;
}

export function writePrivileges(writer: ByteWriter, privileges: Privileges): void {
  writer.uint16(privileges.size);
  for (const [privilege, time] of [...privileges].sort(([left], [right]) => left - right)) {
    writer.uint16(privilege).uint32(time);
  }
}
