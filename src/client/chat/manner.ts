import type { Ext } from "../../protocol/messages/conversation.ts";
import type { UserId } from "../../protocol/names.ts";

export interface SendOptions {
  /** The program's own, beside the content. */
  readonly ext?: Ext | undefined;
  /** Nobody is disturbed by it. */
  readonly silent?: boolean | undefined;
  /** These, or all, see in their lists that they were mentioned. */
  readonly mentions?: "all" | readonly UserId[] | undefined;
  /** In a group: for these alone. */
  readonly receivers?: readonly UserId[] | undefined;
  /** In a group: who reads it is asked to say so, by `confirm`. */
  readonly confirm?: boolean | undefined;
}

/** How a message is sent, beside what it says: as the service is told. */
export interface Manner {
  readonly ext?: Ext;
  readonly silent?: true;
  readonly mentions?: "all" | UserId[];
  readonly receivers?: UserId[];
  readonly confirm?: true;
}

export const mannerOf = ({ ext, silent, mentions, receivers, confirm }: SendOptions): Manner => ({
  ...(ext !== undefined && { ext }),
  ...(silent && { silent: true as const }),
  ...(mentions !== undefined && { mentions: mentions === "all" ? mentions : [...mentions] }),
  ...(receivers !== undefined && { receivers: [...receivers] }),
  ...(confirm && { confirm: true as const }),
});
