import { describe, expect, it } from "vitest";
import { groupsPage, roomsPage } from "../../../scripts/lib/docs/groups-page.ts";
import { GROUP_PERMISSIONS, ROOM_PERMISSIONS } from "../../../src/domain/membership/permissions.ts";
import { THREAD_PERMISSIONS } from "../../../src/domain/membership/thread-permissions.ts";

describe("the page of groups", () => {
  it("[DC10] has a line for each act, and a cell for each role", () => {
    const page = groupsPage("before\n\n<!-- roles:start -->\n<!-- roles:end -->\n<!-- thread-roles:start -->\n<!-- thread-roles:end -->\n\nafter\n");
    const lines = page.split("\n").filter((line) => line.startsWith("| `"));
    expect(lines.map((line) => line.split("`")[1])).toEqual([...Object.keys(GROUP_PERMISSIONS), ...Object.keys(THREAD_PERMISSIONS)]);
    expect(lines.find((line) => line.includes("`remove`"))).toBe("| `remove` | yes | members | – | – |");
    expect(lines).toContain("| `talk` | once joined | once joined | yes | – |");
    expect(page).toMatch(/^before[\s\S]*after\n$/);
  });

  it("[DC10] the page of rooms has the table of rooms", () => {
    const page = roomsPage("<!-- roles:start -->\n<!-- roles:end -->\n");
    const lines = page.split("\n").filter((line) => line.startsWith("| `"));
    expect(lines.map((line) => line.split("`")[1])).toEqual(Object.keys(ROOM_PERMISSIONS));
    expect(lines.find((line) => line.includes("`enter`"))).toBe("| `enter` | yes | yes | yes | yes |");
  });
});
