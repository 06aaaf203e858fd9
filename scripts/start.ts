/** `npm start`: builds what the pages need, applies the migrations, serves on http://127.0.0.1:8787 (`PORT` to change). */

import { startDevServer } from "./lib/dev-server.ts";
import { buildPages } from "./lib/pages.ts";

const DEFAULT_PORT = 8787;
const port = Number(process.env.PORT ?? DEFAULT_PORT);
if (!Number.isInteger(port) || port < 1 || port > 65_535) {
  console.error(`PORT is ${process.env.PORT}; it has to be a number from 1 to 65535`);
  process.exit(1);
}

await buildPages();
console.log("Starting …");
const server = await startDevServer({ port }).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  console.error(`\nIf port ${port} is taken, choose another: PORT=8788 npm start`);
  process.exit(1);
});
console.log(`
Wigwag is ready:  ${server.url}
  demos           ${server.url}/demo/
  reference       ${server.url}/docs
  health          ${server.url}/health
Ctrl-C stops it.`);
process.exitCode = (await server.child.ended) ?? 1;
console.error(server.log());
