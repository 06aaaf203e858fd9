import fc from "fast-check";
import { ERRORS } from "../../../src/protocol/errors.ts";
import { OPERATIONS } from "../../../src/protocol/operations/catalogue.ts";
import { jsonSchemaOf } from "../../../src/server/http/operation-schema.ts";
import { isRecord } from "../../../src/util/record.ts";
import { type Address, tokenOf } from "../support/service.ts";
import { type Fuzzed, type FuzzOptions, failureOf } from "./sockets.ts";
import { Stage } from "./stage.ts";
import { type Cast, damaged, legalValue } from "./values.ts";

/** One call, as it goes over the wire. */
interface RestCall {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly type: string;
}

const CODES = new Set<string>(Object.keys(ERRORS));
/** Where there is no D1 and no R2, these say so. */
const EXPECTED_FAULTS = new Set(["unavailable", "overloaded", "timeout"]);

/** A segment of a path: mostly a name of the stage, sometimes what breaks out of it. */
const segment = ({ users, channel }: Cast): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...users, channel, "message", "stream", "k").map(encodeURIComponent) },
    { weight: 1, arbitrary: fc.constantFrom("%00", "%2e%2e%2f", "%ff", "__proto__", "x".repeat(2_000), "%", "%F0%9F", "*") },
  );

function call(cast: Cast): fc.Arbitrary<RestCall> {
  const calls = OPERATIONS.flatMap(({ rest, input }) => {
    if (rest === undefined) return [];
    const params = rest.path.match(/:[\w.]+/g) ?? [];
    const body = fc.oneof(
      { weight: 5, arbitrary: damaged(legalValue(jsonSchemaOf(input), cast)).map((value) => JSON.stringify(value) ?? "") },
      { weight: 1, arbitrary: fc.constantFrom("", "{", "[]", "null", '{"a":1,"a":2}', '{"__proto__":{"x":1}}', "[".repeat(50_000), "x".repeat(300_000)) },
    );
    return fc
      .record({
        segments: fc.tuple(...params.map(() => segment(cast))),
        query: fc.constantFrom("", "?limit=1", "?limit=-1", "?limit=1&limit=2", "?__proto__=1", "?cursor=%00", "?from=1e999"),
        body,
        type: fc.constantFrom("application/json", "application/json", "application/json", "text/plain", "application/octet-stream", "", "x"),
        method: fc.oneof(
          { weight: 8, arbitrary: fc.constant<string>(rest.method) },
          { weight: 1, arbitrary: fc.constantFrom("GET", "POST", "DELETE", "OPTIONS") },
        ),
      })
      .map(({ segments, query, ...others }) => ({
        ...others,
        path: `/v1${params.reduce((path, param, index) => path.replace(param, segments[index] ?? ""), rest.path)}${query}`,
      }));
  });
  return fc.oneof(...calls);
}

/** Says to REST, as a user, what no client of ours would. */
export async function fuzzRest(address: Address, { seed, runs, milliseconds, alsoWrong }: FuzzOptions): Promise<Fuzzed> {
  const stage = await Stage.open(address);
  const credentials = await Promise.all(
    stage.cast.users.map(async (user) => ({ authorization: `Bearer ${await tokenOf(address, user)}`, "x-wigwag-app": address.app, "x-wigwag-user": user })),
  );
  const outcomes = new Map<string, number>();
  let done = 0;
  const property = fc.asyncProperty(call(stage.cast), async (made) => {
    done += 1;
    // Rates are per user.
    const headers = credentials[done % credentials.length] ?? {};
    const wrong = (await answerOf(address.url, made, headers, outcomes)) ?? (done % 10 === 0 ? await stage.notice() : undefined) ?? alsoWrong?.();
    if (wrong !== undefined) throw new Error(wrong);
  });
  try {
    const result = await fc.check(property, { seed, numRuns: runs, interruptAfterTimeLimit: milliseconds });
    return { runs: done, outcomes, failure: result.failed && result.counterexample !== null ? failureOf(result) : undefined };
  } finally {
    stage.close();
  }
}

/** What is wrong with the answer. */
async function answerOf(
  url: string,
  { method, path, body, type }: RestCall,
  headers: Record<string, string>,
  outcomes: Map<string, number>,
): Promise<string | undefined> {
  const carries = !["GET", "HEAD", "OPTIONS"].includes(method);
  const answer = await fetch(url + path, {
    method,
    headers: { ...headers, ...(carries && type !== "" && { "content-type": type }) },
    ...(carries && { body }),
    redirect: "manual",
  });
  const text = await answer.text();
  outcomes.set(String(answer.status), (outcomes.get(String(answer.status)) ?? 0) + 1);
  if (answer.status < 400) return undefined;
  const parsed = parse(text);
  const code = isRecord(parsed) && isRecord(parsed.error) ? String(parsed.error.code) : undefined;
  if (code === undefined || !CODES.has(code)) return `answered ${answer.status} with no error of ours: ${text.slice(0, 200)}`;
  return answer.status >= 500 && !EXPECTED_FAULTS.has(code) ? `answered ${answer.status} ${text.slice(0, 200)}` : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
