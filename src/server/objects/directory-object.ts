import { DurableObject } from "cloudflare:workers";
import type { UserId } from "../../protocol/names.ts";
import { must } from "../../util/assert.ts";
import type { Env } from "../env.ts";
import type { Call, CallReply } from "../trust.ts";
import { RoomList } from "./directory/room-list.ts";
import { migrate } from "./shell/schema.ts";

export const DIRECTORY_SCHEMA: readonly string[] = ["CREATE TABLE conversation (number INTEGER PRIMARY KEY, name TEXT NOT NULL)"];

/** What an app has one of: its conversations' numbers, the list of its chat rooms, and who is a super admin in all of them. */
export class DirectoryObject extends DurableObject<Env> {
  readonly #rooms: RoomList;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#rooms = new RoomList(ctx, env, must(ctx.id.name, "objects are reached by name"));
  }

  /** A number of its own. Who asks again because no answer came gets another one: the first stays unused. */
  async number(conversation: string): Promise<number> {
    const { sql } = this.ctx.storage;
    migrate(sql, DIRECTORY_SCHEMA);
    return sql.exec<{ number: number }>("INSERT INTO conversation (name) VALUES (?) RETURNING number", conversation).one().number;
  }

  /** An operation about all rooms. */
  async call(call: Call): Promise<CallReply> {
    return this.#rooms.run(call);
  }

  /** A room is there, or has another name that people read. */
  async putRoom(room: string, name: string): Promise<void> {
    this.#rooms.put(room, name);
  }

  async dropRoom(room: string): Promise<void> {
    this.#rooms.drop(room);
  }

  async isSuperAdmin(user: UserId): Promise<boolean> {
    return this.#rooms.isSuperAdmin(user);
  }

  override async alarm(): Promise<void> {
    await this.#rooms.due();
  }
}
