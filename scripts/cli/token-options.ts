import { parseArgs } from "node:util";
import type { TokenOptions } from "../../src/client/token.ts";
import { UsageError } from "./usage.ts";
import type { Variables } from "./variables.ts";

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

export const TOKEN_HELP = `Usage: npm run --silent token -- --user <id> [--expire <seconds>]

Prints a token that lets a user log in, of the development app in .dev.vars or
of the app that WIGWAG_APP_ID and WIGWAG_APP_CERTIFICATE name.

  --user    the user's id
  --expire  its life, 1 to ${DAY_SECONDS}; an hour if not given`;

export function parseToken(args: readonly string[], environment: Variables, development: Variables): TokenOptions | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: { user: { type: "string" }, expire: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help === true) return "help";
  if (!values.user) throw new UsageError("--user is missing");
  const expireSeconds = Number(values.expire ?? HOUR_SECONDS);
  if (!Number.isInteger(expireSeconds) || expireSeconds < 1 || expireSeconds > DAY_SECONDS)
    throw new UsageError(`--expire is a number from 1 to ${DAY_SECONDS}`);
  return { ...appOf(environment, development), userId: values.user, expireSeconds };
}

/** One app's id never goes with the other's certificate. */
function appOf(environment: Variables, development: Variables): Pick<TokenOptions, "appId" | "certificate"> {
  const { WIGWAG_APP_ID: id, WIGWAG_APP_CERTIFICATE: certificate } = environment;
  const { WIGWAG_DEV_APP_ID: developmentId, WIGWAG_DEV_APP_CERTIFICATE: developmentCertificate } = development;
  if (id && certificate) return { appId: id, certificate };
  if (id || certificate) throw new UsageError("WIGWAG_APP_ID and WIGWAG_APP_CERTIFICATE come together");
  if (developmentId && developmentCertificate) return { appId: developmentId, certificate: developmentCertificate };
  throw new UsageError("There is no app: set WIGWAG_APP_ID and WIGWAG_APP_CERTIFICATE");
}
