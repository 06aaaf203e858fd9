/** `npm run docs`: writes the generated pages. `--check` writes nothing, and fails when one is stale or a page names what is not there. */
import { missingPaths, missingTargets, missingTests, outOfStep, unmentioned, withBlocksOf } from "./lib/docs/checks.ts";
import { errorsPage } from "./lib/docs/errors-page.ts";
import { fillExamples } from "./lib/docs/examples.ts";
import { exists, filesBelow, put, read } from "./lib/docs/files.ts";
import { groupsPage, roomsPage } from "./lib/docs/groups-page.ts";
import { limitsPage } from "./lib/docs/limits-page.ts";
import { operationsPage } from "./lib/docs/operations-page.ts";
import { rtmMembers } from "./lib/docs/rtm-members.ts";
import { rtmPage, untested } from "./lib/docs/rtm-page.ts";
import { protocolVectors } from "./lib/docs/vectors.ts";

const check = process.argv.includes("--check");
const members = rtmMembers();
const tests = filesBelow("test", [".test.ts"]).map((file) => ({ file, text: read(file) }));
const stale = [
  ...put("docs/ERRORS.md", errorsPage(), check),
  ...put("docs/OPERATIONS.md", operationsPage(), check),
  ...put("docs/LIMITS.md", limitsPage(read("src/protocol/limits.ts"), read("src/protocol/chat-limits.ts"), read("src/protocol/room-limits.ts")), check),
  ...put("docs/GROUPS.md", groupsPage(read("docs/GROUPS.md")), check),
  ...put("docs/ROOMS.md", roomsPage(read("docs/ROOMS.md")), check),
  ...put("docs/RTM-1X.md", rtmPage(members, tests), check),
  ...put("docs/PROTOCOL.md", fillExamples(read("docs/PROTOCOL.md")), check),
  ...put("docs/protocol-vectors.json", protocolVectors(), check),
  ...put("README.zh-CN.md", withBlocksOf(read("README.md"), read("README.zh-CN.md")), check),
];

const page = (path: string) => ({ path, text: exists(path) ? read(path) : "" });
const pages = [...filesBelow("docs", [".md"]), ...["README.md", "README.zh-CN.md", "CHANGELOG.md"].filter(exists)].map(page);
const packages: Record<string, Record<string, string> | undefined> = JSON.parse(read("package.json"));
const dependencies = ["dependencies", "devDependencies", "peerDependencies"].flatMap((kind) => Object.keys(packages[kind] ?? {}));
const problems = [
  ...stale,
  ...untested(members, tests),
  ...missingPaths(pages, exists),
  ...missingTargets(pages, exists, read),
  ...missingTests(pages, exists, read),
  ...unmentioned(page("docs/decisions/dependencies.md"), dependencies),
  ...outOfStep(page("README.md"), page("README.zh-CN.md")),
];
for (const problem of problems) console.error(problem);
if (stale.length > 0) console.error("`npm run docs` writes them anew");
process.exit(problems.length === 0 ? 0 : 1);
