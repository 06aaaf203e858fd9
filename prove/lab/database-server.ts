import { type DevServer, startDevServer } from "../../scripts/lib/dev-server.ts";
import { API_KEY, APP, CERTIFICATE } from "./app.ts";
import type { RunningServer, ServerOptions } from "./server.ts";

/**
 * The service with all its parts, D1 and R2 among them, under wrangler, which is killed with it: so history is exported while all this goes on. It
 * has no marks and no door, since wrangler builds the product itself.
 */
export async function startDatabaseServer({ directory, port, timeScale }: ServerOptions): Promise<RunningServer> {
  const variables = {
    WIGWAG_DEV_APP_ID: APP,
    WIGWAG_DEV_APP_CERTIFICATE: CERTIFICATE,
    WIGWAG_DEV_API_KEY: API_KEY,
    WIGWAG_TIME_SCALE: String(timeScale),
  };
  const start = (): Promise<DevServer> => startDevServer({ port, persistTo: directory, variables });
  let server = await start();
  let before: Promise<unknown> = Promise.resolve();
  return {
    url: server.url,
    get pid() {
      return server.child.pid;
    },
    isTestBuild: false,
    log: () => server.log(),
    kill: () => server.kill(),
    restart: async () => {
      await server.kill();
      server = await start();
    },
    end: () => server.kill(),
    alone(work) {
      const mine = before.then(work);
      before = mine.catch(() => {});
      return mine;
    },
    reach: async () => false,
    forget: async () => false,
    rebuild: async () => {},
  };
}
