/** `npm run app -- create <name>`: creates an app on a deployment. */
import { APP_HELP, createApp, parseCreateApp } from "./cli/create-app.ts";
import { runCommand } from "./cli/usage.ts";
import { developmentVariables } from "./cli/variables.ts";

await runCommand(APP_HELP, async () => {
  const command = parseCreateApp(process.argv.slice(2), process.env, developmentVariables());
  return command === "help" ? APP_HELP : await createApp(command, fetch);
});
