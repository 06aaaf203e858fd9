import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import { migrate } from "./shell/schema.ts";

export const DIRECTORY_SCHEMA: readonly string[] = ["CREATE TABLE conversation (number INTEGER PRIMARY KEY, name TEXT NOT NULL)"];

/** Numbers an app's conversations, and knows which number is whose. Asked once in the life of a conversation. */
export class DirectoryObject extends DurableObject<Env> {
  /** A number of its own. Who asks again because no answer came gets another one: the first stays unused. */
  async number(conversation: string): Promise<number> {
    const { sql } = this.ctx.storage;
    migrate(sql, DIRECTORY_SCHEMA);
    return sql.exec<{ number: number }>("INSERT INTO conversation (name) VALUES (?) RETURNING number", conversation).one().number;
  }
}
