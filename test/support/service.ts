import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/lib/root.ts";

/** The service under test, and the app it is tested with. */
export interface Service {
  readonly url: string;
  readonly app: string;
  readonly certificate: string;
  readonly apiKey: string;
  /** Creates apps; tests that need apps of their own are skipped where it is empty. */
  readonly operatorKey: string;
  /** What the service multiplies its time-outs with. */
  readonly scale: number;
}

declare module "vitest" {
  interface ProvidedContext {
    services: readonly Service[];
  }
}

/**
 * How many services run side by side, each for one worker's files. Two gain no time while browsers run beside them on two
 * processors, and starve each other's deadlines.
 */
export const SERVICES = 1;

/** Of the worker that runs this file. */
export function serviceOf(services: readonly Service[], env: NodeJS.ProcessEnv): Service {
  const worker = Number(env.VITEST_POOL_ID ?? "1");
  const service = services[(worker - 1) % services.length];
  if (service === undefined) throw new Error(`worker ${worker} has no service`);
  return service;
}

/** A service that runs elsewhere, when the environment names one. */
export function deployedService(env: NodeJS.ProcessEnv): Service | undefined {
  const url = env.WIGWAG_CONFORMANCE_URL;
  if (url === undefined || url === "") return undefined;
  const named = (name: string): string => {
    const value = env[name];
    if (value === undefined || value === "") throw new Error(`WIGWAG_CONFORMANCE_URL is set, so ${name} has to be`);
    return value;
  };
  return {
    url,
    app: named("WIGWAG_CONFORMANCE_APP"),
    certificate: named("WIGWAG_CONFORMANCE_CERTIFICATE"),
    apiKey: named("WIGWAG_CONFORMANCE_API_KEY"),
    operatorKey: env.WIGWAG_CONFORMANCE_OPERATOR_KEY ?? "",
    scale: Number(env.WIGWAG_CONFORMANCE_TIME_SCALE ?? "1"),
  };
}

/** The development app of this checkout, as the dev server reads it. */
export function developmentVariables(): ReadonlyMap<string, string> {
  const file = [".dev.vars", ".dev.vars.example"].map((name) => join(root, name)).find((path) => existsSync(path));
  if (file === undefined) throw new Error("there is no .dev.vars: run scripts/setup.mjs");
  return new Map([...readFileSync(file, "utf8").matchAll(/^(\w+) = "(.*)"$/gm)].map(([, name = "", value = ""]) => [name, value]));
}
