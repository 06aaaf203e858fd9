/** The caller's mistake: said on stderr with the usage, exit code 2. */
export class UsageError extends Error {}

/** Runs a command; mistakes and refusals become words and exit codes. */
export async function runCommand(help: string, run: () => Promise<string> | string): Promise<void> {
  try {
    console.log(await run());
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    const isUsage = error instanceof UsageError || (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"));
    if (isUsage) console.error(`\n${help}`);
    process.exitCode = isUsage ? 2 : 1;
  }
}
