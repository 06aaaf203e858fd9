import type { ByteReader } from "../../util/byte-reader.ts";
import type { ByteWriter } from "../../util/byte-writer.ts";

/** Kinds of things that a type 8 service names. */
export const RESOURCE = { messageChannels: 0, streamChannels: 1, channelGroups: 2, userGroups: 3, users: 4 } as const;
export const ACCESS = { read: 0, write: 1 } as const;

/** One kind of access to the named things of one kind, in the numbers of the format; unknown numbers are kept. */
export interface Permission {
  resource: number;
  access: number;
  names: readonly string[];
}

export function readPermissions(reader: ByteReader): Permission[] {
  const permissions: Permission[] = [];
  for (let resources = reader.uint16(); resources > 0; resources--) {
    const resource = reader.uint16();
    for (let accesses = reader.uint16(); accesses > 0; accesses--) {
      permissions.push({ resource, access: reader.uint16(), names: readNames(reader) });
    }
  }
  return permissions;
}

function readNames(reader: ByteReader): string[] {
  const names: string[] = [];
  for (let left = reader.uint16(); left > 0; left--) names.push(reader.string());
  return names;
}

/** Ascending by resource, then by access, as the vendor's builders write them. */
export function writePermissions(writer: ByteWriter, permissions: readonly Permission[]): void {
  const resources = [...new Set(permissions.map(({ resource }) => resource))].sort((left, right) => left - right);
  writer.uint16(resources.length);
  for (const resource of resources) {
    const group = permissions.filter((permission) => permission.resource === resource);
    writer.uint16(resource).uint16(group.length);
    for (const { access, names } of group.sort((left, right) => left.access - right.access)) {
      writer.uint16(access).uint16(names.length);
      for (const name of names) writer.string(name);
    }
  }
}
