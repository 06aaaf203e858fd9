import { ConversationAuthority } from "../../src/domain/conversation/authority.ts";
import type { Batch, BatchHeard, Leaves } from "../../src/domain/conversation/spread.ts";
import type { ConversationStore } from "../../src/domain/conversation/store.ts";
import type { Heard } from "../../src/domain/conversation/telling.ts";
import { Group } from "../../src/domain/membership/group.ts";
import type { News } from "../../src/protocol/messages/conversation.ts";
import { ok } from "../../src/util/result.ts";
import { MemoryMembershipStore } from "./memory-membership.ts";
import { SqliteConversation } from "./sqlite-conversation.ts";

/** A group of so many, of whom the first `there` have a device connected; `ann` is its owner and there. */
export async function largeGroup(
  members: number,
  there: number,
  leaves?: Pick<Leaves, "hotMembers" | "leafMembers">,
  sent: (what: News | Batch) => void = () => {},
) {
  const users = ["ann", ...Array.from({ length: members - 1 }, (_, n) => `user${String(n).padStart(5, "0")}`)];
  const present = new Set(users.slice(0, there));
  const sqlite = new SqliteConversation();
  const store: ConversationStore = sqlite.store();
  const told: { readonly user: string; readonly news: News }[] = [];
  const work: Promise<void>[] = [];
  const batches: { readonly leaf: number; readonly batch: Batch }[] = [];
  const membership = new MemoryMembershipStore();
  const group: Group = new Group({ store: membership, membersCap: () => members, now: () => 1_000, head: () => authority.conversation.head });
  const authority: ConversationAuthority = new ConversationAuthority({
    store,
    users: [],
    group: { sees: (user, seq) => group.sees(user, seq), entered: (user) => group.entered(user), hears: (user) => group.hears(user) },
    exportMs: 30_000,
    retryMs: 1_000,
    retryCapMs: 4_000,
    now: () => 1_000,
    ref: () => ({ type: "group", id: "many" }),
    number: async () => ok(7),
    archived: async () => [],
    growth: { flushMs: 250, pauseMs: 30_000, lifeMs: 1_800_000, later: () => {} },
    archivedUntil: async () => 0,
    archivedAt: async () => [],
    refuses: async () => ok(false),
    tell: async (user, news): Promise<Heard> => {
      sent(news);
      told.push({ user, news });
      return { there: present.has(user) };
    },
    ...(leaves && {
      leaves: {
        ...leaves,
        tell: async (leaf: number, batch: Batch): Promise<BatchHeard> => {
          sent(batch);
          batches.push({ leaf, batch });
          return batch.shares.map(({ user }) => ({ there: present.has(user) }));
        },
      },
    }),
    background: (each) => void work.push(each),
    wakeBy: () => {},
  });
  const quiet = async (): Promise<void> => {
    while (work.length > 0) await work.shift();
  };
  await authority.begin();
  const made = group.create("ann", { maxMembers: members }, [], { kind: "server" });
  if (!made.ok) throw new Error(made.error.message);
  for (let at = 1; at < users.length; at += 60) {
    const came = group.invite({ kind: "server" }, users.slice(at, at + 60), "");
    if (!came.ok || came.value.failed.length > 0) throw new Error("somebody was not let in");
  }
  authority.enter(users);
  await quiet();
  const say = async (key: string): Promise<void> => {
    const sent = await authority.send({ user: "ann", server: false }, { key, content: { type: "text", text: key } });
    if (!sent.ok) throw new Error(sent.error.message);
    await quiet();
  };
  return { authority, store, batches, sqlite, told, users, present, say, quiet };
}
