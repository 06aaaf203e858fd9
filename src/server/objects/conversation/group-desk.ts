import type { ConversationAuthority } from "../../../domain/conversation/authority.ts";
import type { MediaClaims, MediaFile } from "../../../domain/media/media-pass.ts";
import { GroupAuthority, type GroupWord } from "../../../domain/membership/authority.ts";
import { Group } from "../../../domain/membership/group.ts";
import type { WireError } from "../../../protocol/errors.ts";
import type { UserId } from "../../../protocol/names.ts";
import type { Result } from "../../../util/result.ts";
import { Confirmations } from "./confirmations.ts";
import { type GroupTables, groupTables, MembershipTables } from "./membership-tables.ts";
import { SharedFiles } from "./shared-files.ts";

export interface GroupDeskPorts {
  readonly conversation: ConversationAuthority;
  /** The most members that the app lets a group have. */
  membersCap(): number;
  now(): number;
  /** What a media id says, if it is one. */
  claims(media: string): Promise<Result<MediaClaims, WireError>>;
  removeFile(file: MediaFile): void;
  /** To the object of a user; throws where it cannot be reached. */
  word(user: UserId, word: GroupWord): Promise<void>;
  background(work: Promise<void>): void;
  wakeBy(at: number): void;
  readonly retryMs: number;
}

/** Words on their way at once, and of one turn of the alarm. */
const WORDS_AT_ONCE = 32;

/** A group with all it keeps, and the words that it owes to users' objects: rows until those have heard them. */
export class GroupDesk {
  readonly group: Group;
  readonly authority: GroupAuthority;
  readonly store: MembershipTables;
  readonly files: SharedFiles;
  readonly confirmations: Confirmations;
  readonly #ports: GroupDeskPorts;
  readonly #tables: GroupTables;
  #paying: Promise<void> | undefined;

  constructor(sql: SqlStorage, ports: GroupDeskPorts) {
    this.#ports = ports;
    this.#tables = groupTables(sql);
    this.store = new MembershipTables(this.#tables);
    const { store } = this;
    const { conversation } = ports;
    this.group = new Group({ store, membersCap: () => ports.membersCap(), now: () => ports.now(), head: () => conversation.conversation.head });
    this.authority = new GroupAuthority({
      group: this.group,
      store,
      conversation,
      owe: (user, word) => this.#owe(user, word),
      forgive: (user) => this.#forgive(user),
    });
    this.files = new SharedFiles({
      group: this.group,
      tables: this.#tables,
      now: () => ports.now(),
      claims: (media) => ports.claims(media),
      remove: (file) => ports.removeFile(file),
    });
    this.confirmations = new Confirmations(this.#tables, conversation);
  }

  get owes(): boolean {
    return this.#owed(1).length > 0;
  }

  /** Says what it owes, oldest first; what cannot be said now, the alarm says. */
  pay(): void {
    this.#paying ??= this.#payAll().finally(() => {
      this.#paying = undefined;
    });
    this.#ports.background(this.#paying);
  }

  #owe(user: UserId, word: GroupWord): void {
    this.#tables.write("group_owed", "INSERT INTO group_owed (user, word) VALUES (?, ?)", user, JSON.stringify(word));
    // Should this life end before it is said.
    this.#ports.wakeBy(this.#ports.now() + this.#ports.retryMs);
    this.pay();
  }

  #forgive(user: UserId): void {
    this.#tables.change("group_owed", "DELETE FROM group_owed WHERE user = ? AND json_type(word, '$.gone') IS NOT NULL", user);
  }

  #owed(limit: number): { n: number; user: string; word: string }[] {
    return this.#tables.read("group_owed", "SELECT n, user, word FROM group_owed ORDER BY n LIMIT ?", limit);
  }

  /** In the order of the rows for each user: those of one user go one after the other. */
  async #payAll(): Promise<void> {
    await Promise.resolve();
    for (let rows = this.#owed(WORDS_AT_ONCE); rows.length > 0; rows = this.#owed(WORDS_AT_ONCE)) {
      const byUser = Map.groupBy(rows, ({ user }) => user);
      const said = await Promise.all([...byUser].map(([user, words]) => this.#say(user, words)));
      if (said.includes(false)) return this.#ports.wakeBy(this.#ports.now() + this.#ports.retryMs);
    }
  }

  async #say(user: UserId, words: readonly { readonly n: number; readonly word: string }[]): Promise<boolean> {
    for (const { n, word } of words) {
      try {
        await this.#ports.word(user, JSON.parse(word) as GroupWord);
      } catch {
        return false;
      }
      this.#tables.change("group_owed", "DELETE FROM group_owed WHERE n = ?", n);
    }
    return true;
  }
}
