import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { freePort } from "../lib/free-port.ts";
import { root } from "../lib/root.ts";
import { readWorkerConfig } from "../lib/worker-config.ts";
import { startWorkerd, type Workerd } from "../lib/workerd.ts";

/** The Wigwag under demonstration, and how to bring it down, where it is ours. */
export interface Service {
  readonly url: string;
  readonly app: string;
  readonly certificate: string;
  readonly own: Workerd | undefined;
}

/** A service that runs already; its app's id and certificate come from the environment. */
export function givenService(url: string): Service {
  const { WIGWAG_DEV_APP_ID: app, WIGWAG_DEV_APP_CERTIFICATE: certificate } = process.env;
  if (!app || !certificate) throw new Error("--url needs WIGWAG_DEV_APP_ID and WIGWAG_DEV_APP_CERTIFICATE: node --env-file=.dev.vars scripts/demo.ts --url …");
  return { url, app, certificate, own: undefined };
}

/** The Worker in a bare workerd, with an app and storage of its own. */
export async function ownService(directory: string): Promise<Service> {
  const hex = (): string => randomBytes(16).toString("hex");
  const app = hex();
  const certificate = hex();
  const { variables, ...worker } = readWorkerConfig(join(root, "wrangler.toml"));
  const own = await startWorkerd({
    ...worker,
    directory: join(directory, "service"),
    port: await freePort(),
    variables: { ...variables, WIGWAG_SECRET: hex() + hex(), WIGWAG_DEV_APP_ID: app, WIGWAG_DEV_APP_CERTIFICATE: certificate },
  });
  return { url: own.url, app, certificate, own };
}
