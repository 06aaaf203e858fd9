import { describe, expect, it } from "vitest";
import { createApp, LOCAL_URL, parseCreateApp } from "../../../scripts/cli/create-app.ts";
import { UsageError } from "../../../scripts/cli/usage.ts";

const KEY = { WIGWAG_OPERATOR_KEY: "wo_environment" };
const DEVELOPMENT = { WIGWAG_OPERATOR_KEY: "wo_development" };
const parse = (args: string[], environment: Record<string, string> = KEY) => parseCreateApp(args, environment, DEVELOPMENT);

describe("npm run app", () => {
  it("[CL1] takes the name, the place and the key", () => {
    expect(parse(["create", "My app", "--url", "https://signal.test/", "--jurisdiction", "eu", "--json"])).toEqual({
      url: "https://signal.test",
      operatorKey: "wo_environment",
      input: { name: "My app", jurisdiction: "eu" },
      json: true,
    });
    expect(parse(["create", "a"])).toMatchObject({ url: LOCAL_URL, input: { name: "a" }, json: false });
    expect(parse(["create", "a"], { ...KEY, WIGWAG_URL: "https://other.test" })).toMatchObject({ url: "https://other.test" });
    expect(parse(["--help"])).toBe("help");
  });

  it("[CL1] gives the development key to this machine alone", () => {
    expect(parse(["create", "a", "--url", "http://localhost:9000"], {})).toMatchObject({ operatorKey: "wo_development" });
    expect(() => parse(["create", "a", "--url", "https://signal.test"], {})).toThrow(/WIGWAG_OPERATOR_KEY/);
    expect(() => parse(["create", "a", "--url", "https://localhost.signal.test"], {})).toThrow(/WIGWAG_OPERATOR_KEY/);
    expect(() => parse(["create", "a", "--url", "http://signal.test"])).toThrow(/https only/);
  });

  it.each<[string[], RegExp]>([
    [[], /create/],
    [["destroy", "a"], /no command destroy/],
    [["create"], /name/],
    [["create", ""], /name/],
    [["create", "My", "app"], /"My app" in quotes/],
    [["create", "a", "--url", "signal.test"], /--url signal.test/],
    [["create", "a", "--jurisdiction", "moon"], /--jurisdiction/],
  ])("[CL3] refuses %j", (args, words) => {
    expect(() => parse(args)).toThrow(words);
    expect(() => parse(args)).toThrow(UsageError);
  });

  it("[CL3] refuses options it does not know", () => {
    expect(() => parse(["create", "a", "--operator-key", "wo_x"])).toThrow(expect.objectContaining({ code: "ERR_PARSE_ARGS_UNKNOWN_OPTION" }));
  });
});

describe("creating an app", () => {
  const command = { url: "https://signal.test", operatorKey: "wo_secret", input: { name: "My app" }, json: false };
  const made = { id: "i".repeat(32), name: "My app", primaryCertificate: "p", secondaryCertificate: "s", apiKey: "wk_new", createdAt: 1 };

  it("[CL1] posts with the operator's key and prints ids and keys", async () => {
    const requests: Request[] = [];
    const printed = await createApp(command, async (input, init) => {
      requests.push(new Request(input, init));
      return Response.json(made);
    });
    const [request] = requests;
    expect([request?.method, request?.url, request?.headers.get("authorization")]).toEqual(["POST", "https://signal.test/v1/apps", "Bearer wo_secret"]);
    expect(await request?.json()).toEqual({ name: "My app" });
    for (const value of [made.id, "p", "s", "wk_new"]) expect(printed).toContain(` ${value}`);
    expect(printed).not.toContain("wo_secret");
  });

  it("[CL1] prints the answer itself with --json", async () => {
    expect(JSON.parse(await createApp({ ...command, json: true }, async () => Response.json(made)))).toEqual(made);
  });

  it("[CL3] says a refusal in the service's words, and when nobody answers", async () => {
    const refusal = Response.json({ error: { code: "token_invalid", message: "not the operator's key", retry: "never" } }, { status: 401 });
    await expect(createApp(command, async () => refusal)).rejects.toThrow("refused with 401: token_invalid, not the operator's key");
    await expect(createApp(command, async () => new Response("<html>", { status: 502 }))).rejects.toThrow("refused with 502: <html>");
    await expect(createApp(command, () => Promise.reject(new TypeError("fetch failed")))).rejects.toThrow("https://signal.test cannot be reached");
  });
});
