import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { startDevServer } from "../../scripts/lib/dev-server.ts";
import { freePort } from "./free-port.ts";
import { deployedService, developmentVariables } from "./service.ts";

/** Ten times faster than the product: a lease is 3 s, a delivery that is not acknowledged waits 300 ms. */
const SCALE = 0.1;

/** One dev server for all files, with storage of its own; or the deployment that the environment names. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const deployed = deployedService(process.env);
  if (deployed !== undefined) {
    project.provide("service", deployed);
    return async () => {};
  }
  const persistTo = mkdtempSync(join(tmpdir(), "wigwag-conformance-"));
  const server = await startDevServer({ port: await freePort(), persistTo, variables: { WIGWAG_TIME_SCALE: String(SCALE) } });
  const variables = developmentVariables();
  const variable = (name: string): string => variables.get(name) ?? "";
  project.provide("service", {
    url: server.url,
    app: variable("WIGWAG_DEV_APP_ID"),
    certificate: variable("WIGWAG_DEV_APP_CERTIFICATE"),
    apiKey: variable("WIGWAG_DEV_API_KEY"),
    operatorKey: variable("WIGWAG_OPERATOR_KEY"),
    scale: SCALE,
  });
  return async () => {
    await server.kill();
    if (process.env.WIGWAG_CONFORMANCE_LOG) console.log(server.log());
    rmSync(persistTo, { recursive: true, force: true });
  };
}
