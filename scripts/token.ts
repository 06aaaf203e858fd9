/** `npm run token -- --user <id>`: a token of the development app, or of another. */
import { buildToken } from "../src/client/token.ts";
import { parseToken, TOKEN_HELP } from "./cli/token-options.ts";
import { runCommand } from "./cli/usage.ts";
import { developmentVariables } from "./cli/variables.ts";

await runCommand(TOKEN_HELP, async () => {
  const options = parseToken(process.argv.slice(2), process.env, developmentVariables());
  return options === "help" ? TOKEN_HELP : await buildToken(options);
});
