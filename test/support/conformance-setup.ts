import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { packageIsBuilt } from "../../scripts/demo/built.ts";
import { startDevServer } from "../../scripts/lib/dev-server.ts";
import { root } from "../../scripts/lib/root.ts";
import { freePort } from "./free-port.ts";
import { deployedService, developmentVariables, SERVICES, type Service } from "./service.ts";

/** Ten times faster than the product: a lease is 3 s, a delivery that is not acknowledged waits 300 ms. */
const SCALE = 0.1;

interface Running {
  readonly service: Service;
  stop(): Promise<void>;
}

/** A dev server for each worker, with storage of its own; or the deployment that the environment names. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // Once, and not by the first two files that look for it at the same moment.
  if (!packageIsBuilt()) execFileSync(process.execPath, ["scripts/build.ts"], { cwd: root });
  const deployed = deployedService(process.env);
  if (deployed !== undefined) {
    project.provide("services", [deployed]);
    return async () => {};
  }
  const running = await Promise.all(Array.from({ length: SERVICES }, start));
  project.provide(
    "services",
    running.map(({ service }) => service),
  );
  return async () => void (await Promise.all(running.map(({ stop }) => stop())));
}

async function start(): Promise<Running> {
  const persistTo = mkdtempSync(join(tmpdir(), "wigwag-conformance-"));
  const server = await startDevServer({ port: await freePort(), persistTo, variables: { WIGWAG_TIME_SCALE: String(SCALE) } });
  const variables = developmentVariables();
  const variable = (name: string): string => variables.get(name) ?? "";
  return {
    service: {
      url: server.url,
      app: variable("WIGWAG_DEV_APP_ID"),
      certificate: variable("WIGWAG_DEV_APP_CERTIFICATE"),
      apiKey: variable("WIGWAG_DEV_API_KEY"),
      operatorKey: variable("WIGWAG_OPERATOR_KEY"),
      scale: SCALE,
    },
    stop: async () => {
      await server.kill();
      if (process.env.WIGWAG_CONFORMANCE_LOG) console.log(server.log());
      rmSync(persistTo, { recursive: true, force: true });
    },
  };
}
