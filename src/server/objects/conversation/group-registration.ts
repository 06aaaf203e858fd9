import type { Group } from "../../../domain/membership/group.ts";
import { Registration, type RegistrationPorts, type Shown } from "../../../domain/membership/registration.ts";
import type { MembershipStore } from "../../../domain/membership/store.ts";
import { must } from "../../../util/assert.ts";
import type { GroupTables } from "./membership-tables.ts";

export type RegistrationDesk = Omit<RegistrationPorts, "shown" | "noted" | "note">;

/** What a group owes the list of its app, as a row beside the group. */
export function registrationOf(tables: GroupTables, group: Group, store: MembershipStore, ports: RegistrationDesk): Registration {
  const table = "group_registered";
  return new Registration({
    ...ports,
    shown: () => shownOf(group, store),
    noted: () => {
      const [row] = tables.read<{ revision: number; owed: number }>(table, `SELECT revision, owed FROM ${table}`);
      return row && { revision: row.revision, owed: row.owed === 1 };
    },
    note: ({ revision, owed }) => {
      tables.write(table, `INSERT OR REPLACE INTO ${table} (one, revision, owed) VALUES (1, ?, ?)`, revision, owed ? 1 : 0);
    },
  });
}

/** What only members read, an announcement, is not in it. */
function shownOf(group: Group, store: MembershipStore): Shown | undefined {
  if (!group.exists) return store.dismissed() ? "none" : undefined;
  const { name, description, avatar, public: isPublic, approval, maxMembers, disabled, createdAt } = group.details;
  const owner = must(store.owner(), "an owner");
  return { name, description, avatar, public: isPublic, approval, maxMembers, disabled, createdAt, owner, members: store.members() };
}
