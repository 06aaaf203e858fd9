import { describe, expect, it } from "vitest";
import { rtmMembers } from "../../../scripts/lib/docs/rtm-members.ts";
import { rtmPage, untested } from "../../../scripts/lib/docs/rtm-page.ts";

describe("the page of members of RTM 1.x", () => {
  const test = (title: string) => ({ file: "test/x.test.ts", text: `  it("${title}", () => {` });

  it("[RP6] names what no test names in its title", () => {
    // Put together, so that these are no titles of this file.
    const rule = ["[", "XX1", "] "].join("");
    const tests = [test(`${rule}RtmClient.login works`), test(`${rule}TokenExpired comes`)];
    const members = ["RtmClient.login", "RtmClient.log", "RtmClientEvents.TokenExpired", "createInstance"];
    expect(untested(members, tests).map((line) => line.split(" ")[3])).toEqual(["RtmClient.log", "createInstance"]);
    expect(rtmPage(members, tests)).toContain("| `RtmClient.login` | XX1 | `test/x.test.ts` |");
  });

  it("[RP6] takes the members from the types: exports, methods, properties and events, and nothing internal", { timeout: 30_000 }, () => {
    const members = rtmMembers();
    for (const member of [
      "createInstance",
      "RtmClient.login",
      "RtmClient.connectionState",
      "RtmChannel.channelId",
      "RtmEmitter.on",
      "RtmChannelEvents.MemberJoined",
    ])
      expect(members).toContain(member);
    expect(members.filter((member) => /#|ended|constructor|RtmError/.test(member))).toEqual([]);
  });
});
