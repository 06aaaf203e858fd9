import type { UserId } from "../../protocol/names.ts";
import type { ChatsEvents, Emit, Engine } from "./engine.ts";

/** What a part of the chats that stands beside the conversations needs of them. */
export interface ModulePort {
  readonly user: UserId;
  engine(): Engine;
  readonly emit: Emit;
  on<Name extends keyof ChatsEvents>(name: Name, listener: (event: ChatsEvents[Name]) => void): () => void;
}
