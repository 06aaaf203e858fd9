import type * as z from "zod";
import * as app from "./app.ts";
import * as attributes from "./attributes.ts";
import * as block from "./block.ts";
import * as call from "./call.ts";
import * as channel from "./channel.ts";
import * as chatMessage from "./chat-message.ts";
import * as contact from "./contact.ts";
import * as conversation from "./conversation.ts";
import * as exports from "./export.ts";
import * as group from "./group.ts";
import * as groups from "./groups.ts";
import * as history from "./history.ts";
import * as media from "./media.ts";
import * as metadata from "./metadata.ts";
import * as peer from "./peer.ts";
import * as presence from "./presence.ts";
import * as profile from "./profile.ts";
import * as room from "./room.ts";
import * as rooms from "./rooms.ts";
import * as session from "./session.ts";
import * as thread from "./thread.ts";
import * as user from "./user.ts";

/** Every operation there is. */
const modules = {
  ...session,
  ...user,
  ...peer,
  ...channel,
  ...attributes,
  ...metadata,
  ...presence,
  ...history,
  ...call,
  ...conversation,
  ...chatMessage,
  ...exports,
  ...group,
  ...groups,
  ...thread,
  ...room,
  ...rooms,
  ...block,
  ...profile,
  ...contact,
  ...media,
  ...app,
};

export type AnyOperation = (typeof modules)[Exclude<keyof typeof modules, never>];
export const OPERATIONS: readonly AnyOperation[] = Object.values(modules).filter((value): value is AnyOperation => typeof value === "object");
export const OPERATION_BY_NAME: ReadonlyMap<string, AnyOperation> = new Map(OPERATIONS.map((op) => [op.name, op]));

export type OperationName = AnyOperation["name"];
type Named<Name extends OperationName> = Extract<AnyOperation, { name: Name }>;
export type InputOf<Name extends OperationName> = z.infer<Named<Name>["input"]>;
export type OutputOf<Name extends OperationName> = z.infer<Named<Name>["output"]>;
