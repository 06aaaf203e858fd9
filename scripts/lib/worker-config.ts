import { dirname, resolve } from "node:path";
import { unstable_readConfig } from "wrangler";
import * as z from "zod";
import type { DurableObjectBinding } from "./workerd-config.ts";

/** Where all objects share one thread, spreading a channel only costs. */
export const ONE_PROCESS: Readonly<Record<string, string>> = { WIGWAG_CHANNEL_HUB_MEMBERS: "0" };

export interface WorkerConfig {
  readonly entry: string;
  readonly durableObjects: readonly DurableObjectBinding[];
  /** Text variables of the configuration file. */
  readonly variables: Readonly<Record<string, string>>;
  readonly compatibilityFlags: readonly string[];
}

const readable = z.object({
  main: z.string(),
  durable_objects: z.object({ bindings: z.array(z.object({ name: z.string(), class_name: z.string() })) }),
  vars: z.record(z.string(), z.unknown()),
  compatibility_flags: z.array(z.string()),
});

/** What a bare workerd needs to know from the wrangler configuration, so that both run the same Worker. */
export function readWorkerConfig(path: string): WorkerConfig {
  const config = readable.parse(unstable_readConfig({ config: path }, { hideWarnings: true }));
  return {
    entry: resolve(dirname(path), config.main),
    durableObjects: config.durable_objects.bindings.map(({ name, class_name }) => ({ binding: name, className: class_name })),
    variables: {
      ...Object.fromEntries(Object.entries(config.vars).filter((entry): entry is [string, string] => typeof entry[1] === "string")),
      ...ONE_PROCESS,
    },
    compatibilityFlags: config.compatibility_flags,
  };
}
