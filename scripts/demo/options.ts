import { parseArgs } from "node:util";

export interface DemoOptions {
  readonly quick: boolean;
  readonly keep: boolean;
  readonly url: string | undefined;
}

/** What `--quick` and the whole demonstration differ in. */
export interface Size {
  readonly linesEach: number;
  readonly messagesPerSecond: number;
  readonly pictureSide: number;
  readonly downMs: number;
}

export const FULL: Size = { linesEach: 300, messagesPerSecond: 20, pictureSide: 400, downMs: 2_000 };
export const QUICK: Size = { linesEach: 80, messagesPerSecond: 30, pictureSide: 200, downMs: 500 };

export const HELP = `Usage: npm run demo -- [--quick] [--url <url>] [--keep]

Three clients, processes of their own, send text line by line and pictures in
chunks to each other and through a channel. One client is killed and started
again, then the service itself. At the end everything has to be there once.

  --quick       less of everything, for CI
  --url <url>   a service that runs already (it is not killed); its app comes from
                WIGWAG_DEV_APP_ID and WIGWAG_DEV_APP_CERTIFICATE
  --keep        leaves the files of the run where they are, and says where

Exit code 1 if anything is missing, came twice, or came changed.`;

export function parseOptions(args: readonly string[]): DemoOptions | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: "boolean" }, keep: { type: "boolean" }, url: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help === true) return "help";
  return { quick: values.quick === true, keep: values.keep === true, url: values.url };
}
