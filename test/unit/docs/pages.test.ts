import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { missingPaths, missingTargets, missingTests, outOfStep, unmentioned, withBlocksOf } from "../../../scripts/lib/docs/checks.ts";
import { errorsPage } from "../../../scripts/lib/docs/errors-page.ts";
import { describedKeys, humanSize, limitsPage } from "../../../scripts/lib/docs/limits-page.ts";
import { operationsPage } from "../../../scripts/lib/docs/operations-page.ts";
import { CHAT_LIMITS, CHAT_TIMINGS } from "../../../src/protocol/chat-limits.ts";
import { CLOSE } from "../../../src/protocol/close-codes.ts";
import { ERRORS } from "../../../src/protocol/errors.ts";
import { LIMITS, MEDIA_LIMITS, MEDIA_TIMINGS, TIMINGS } from "../../../src/protocol/limits.ts";
import { OPERATIONS } from "../../../src/protocol/operations/catalogue.ts";
import { ROOM_LIMITS } from "../../../src/protocol/room-limits.ts";

const source = readFileSync(new URL("../../../src/protocol/limits.ts", import.meta.url), "utf8");
const rooms = readFileSync(new URL("../../../src/protocol/room-limits.ts", import.meta.url), "utf8");
const chat = readFileSync(new URL("../../../src/protocol/chat-limits.ts", import.meta.url), "utf8");

describe("generated pages", () => {
  it("[DC2] hold every error and close code", () => {
    const page = errorsPage();
    for (const code of Object.keys(ERRORS)) expect(page).toContain(`| \`${code}\` |`);
    for (const { code } of Object.values(CLOSE)) expect(page).toContain(`| ${code} |`);
  });

  it("[DC2] hold every operation with its inputs", () => {
    const page = operationsPage();
    for (const { name } of OPERATIONS) expect(page).toContain(`### ${name}\n`);
    expect(page).toContain("| [peer.send](#peersend) | user, server | message | by id | user object | `POST /v1/users/:to/messages` |");
    expect(page).toContain("| `data` | string or bytes | yes |  |");
  });

  it("[DC2] hold every limit and time", () => {
    const page = limitsPage(source, chat, rooms);
    for (const name of [LIMITS, TIMINGS, MEDIA_LIMITS, MEDIA_TIMINGS, CHAT_LIMITS, CHAT_TIMINGS, ROOM_LIMITS].flatMap((table) => Object.keys(table)))
      expect(page).toContain(`| \`${name}\` |`);
  });

  it("[DC2] take the reason from the comment above a limit, or above its neighbour", () => {
    const text =
      "export const LIMITS = {\n  /** Why. */\n  aBytes: 1,\n  bBytes: 2,\n\n  /**\n   * Over\n   * two lines.\n   */\n  c: 3,\n\n  d: 4,\n} as const;";
    expect(describedKeys(text, "LIMITS")).toEqual([
      { name: "aBytes", reason: "Why." },
      { name: "bBytes", reason: "Why." },
      { name: "c", reason: "Over two lines." },
      { name: "d", reason: "" },
    ]);
    expect(
      [...describedKeys(source, "LIMITS"), ...describedKeys(source, "MEDIA_LIMITS"), ...describedKeys(chat, "CHAT_LIMITS")].filter(
        ({ reason }) => reason === "",
      ),
    ).toEqual([]);
  });

  it.each([
    ["pageBytes", 512 * 1024, "512 KB"],
    ["ticketBytes", 768, "768 bytes"],
    ["leaseMs", 30_000, "30 s"],
    ["settleMs", 2_500, "2.5 s"],
    ["inboxMessages", 1000, "1,000"],
  ])("[DC2] show %s %i as %s", (name, value, shown) => {
    expect(humanSize(name, value)).toBe(shown);
  });
});

describe("checks of what pages say", () => {
  const exists = (path: string): boolean => path === "src/here.ts" || path === "docs/HERE.md";
  const page = (text: string) => [{ path: "docs/PAGE.md", text }];

  it("[DC3] a path that is not there is named", () => {
    expect(missingPaths(page("`src/here.ts` and `src/gone.ts`"), exists)).toEqual(["docs/PAGE.md: there is no src/gone.ts"]);
  });

  it("[DC3] a link that leads nowhere is named", () => {
    expect(missingTargets(page("[a](HERE.md#x) [b](GONE.md) [c](https://example.com/) [d](../src/here.ts)"), exists, () => "")).toEqual([
      "docs/PAGE.md: the link to GONE.md leads nowhere",
    ]);
  });

  it("[DC3] a function that its file does not have is named", () => {
    const text = "`Thing.run` (`src/here.ts`), `Thing.stop()` (`src/here.ts`)";
    expect(missingTargets(page(text), exists, () => "class Thing { run() {} }")).toEqual(["docs/PAGE.md: src/here.ts has no stop"]);
  });

  it("[DC3] a test that its file does not have is named", () => {
    const ids = ["YY1", "YY2"];
    expect(
      missingTests(
        page(`${ids.join(", ")} in \`test/a.test.ts\``),
        () => true,
        () => `it("[${ids[0]}] does")`,
      ),
    ).toEqual(["docs/PAGE.md: test/a.test.ts has no test of YY2"]);
  });

  it("[DC3] a dependency nobody explains is named", () => {
    expect(unmentioned({ path: "d.md", text: "`zod`: schemas" }, ["zod", "hono"])).toEqual(["d.md does not say what hono is for"]);
  });

  it("[DC7] a translation that lacks a heading or alters a code block is named", () => {
    const original = { path: "README.md", text: "# A\n\n## B\n\n```sh\n# not a heading\nnpm start\n```\n" };
    expect(outOfStep(original, { path: "t.md", text: "# 甲\n\n## 乙\n\n```sh\n# not a heading\nnpm start\n```\n" })).toEqual([]);
    expect(outOfStep(original, { path: "t.md", text: "# 甲\n\n```sh\nnpm run\n```\n" })).toEqual([
      "t.md: headings differ from those of README.md",
      "t.md: code block 1 differs from that of README.md",
    ]);
  });

  it("[DC7] a translation gets the code blocks of its original, if it has as many", () => {
    expect(withBlocksOf("# A\n\n```sh\nnew $1\n```\n", "# 甲\n\n```ts\nold\n```\n末\n")).toBe("# 甲\n\n```sh\nnew $1\n```\n末\n");
    expect(withBlocksOf("# A\n", "# 甲\n\n```ts\nold\n```\n")).toBe("# 甲\n\n```ts\nold\n```\n");
  });
});
