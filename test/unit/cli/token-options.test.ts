import { describe, expect, it } from "vitest";
import { parseToken } from "../../../scripts/cli/token-options.ts";
import { UsageError } from "../../../scripts/cli/usage.ts";

const DEVELOPMENT = { WIGWAG_DEV_APP_ID: "d", WIGWAG_DEV_APP_CERTIFICATE: "dc" };
const OWN = { WIGWAG_APP_ID: "a", WIGWAG_APP_CERTIFICATE: "ac" };

describe("npm run token", () => {
  it("[CL2] is for a user of the development app, or of the one the environment names", () => {
    expect(parseToken(["--user", "ann"], {}, DEVELOPMENT)).toEqual({ appId: "d", certificate: "dc", userId: "ann", expireSeconds: 3600 });
    expect(parseToken(["--user", "ann", "--expire", "60"], OWN, DEVELOPMENT)).toEqual({ appId: "a", certificate: "ac", userId: "ann", expireSeconds: 60 });
    expect(parseToken(["-h"], {}, {})).toBe("help");
  });

  it.each<[string[], Record<string, string>, Record<string, string>, RegExp]>([
    [[], {}, DEVELOPMENT, /--user/],
    [["--user", ""], {}, DEVELOPMENT, /--user/],
    [["--user", "ann", "--expire", "soon"], {}, DEVELOPMENT, /--expire/],
    [["--user", "ann", "--expire", "0"], {}, DEVELOPMENT, /--expire/],
    [["--user", "ann", "--expire", "86401"], {}, DEVELOPMENT, /--expire/],
    [["--user", "ann"], {}, {}, /no app/],
    [["--user", "ann"], { WIGWAG_APP_ID: "a" }, DEVELOPMENT, /come together/],
  ])("[CL3] refuses %j", (args, environment, development, words) => {
    expect(() => parseToken(args, environment, development)).toThrow(words);
    expect(() => parseToken(args, environment, development)).toThrow(UsageError);
  });
});
