import { compareVersions } from "@florenetes/releases";
import { expect, test } from "vitest";
import { FIRST_STATUS, type UpdateStatus } from "../../src/journal/update-status.ts";
import { findWayBack, type WayBack } from "../../src/verify/way-back.ts";

const NOW = 1_790_000_000_000;
const NAMES = ["florenetes-node", "florenetes-tools"];
const placed = (folder: string, version: string): NonNullable<UpdateStatus["former"]>["packages"] =>
  NAMES.map((name) => ({ name, version, file: `${folder}/${name}_${version}_amd64.deb` }));
const status: UpdateStatus = {
  ...FIRST_STATUS,
  installed: { version: "0.2.0", since: NOW - 1 },
  floor: { lowest: "0.1.0", until: NOW + 1_000 },
  kept: placed("kept", "0.2.0").map(({ file }) => file.slice("kept/".length)),
  former: { version: "0.1.0", packages: placed("former", "0.1.0") },
};
const installed = (version: string): Map<string, { version: string; isInstalled: boolean }> =>
  new Map(NAMES.map((name) => [name, { version, isInstalled: true }]));

function find(changes: Partial<Parameters<typeof findWayBack>[0]> = {}): WayBack {
  return findWayBack({
    status,
    packages: installed("0.2.0"),
    isThere: () => true,
    now: NOW,
    compareVersions,
    ...changes,
  });
}

test("a node goes back to the packages before its last update, and may have those of today again", () => {
  expect(find()).toEqual({
    version: "0.1.0",
    leaves: "0.2.0",
    wished: placed("former", "0.1.0"),
    former: placed("kept", "0.2.0"),
  });
});

test("packages that the update did not replace stay", () => {
  const packages = installed("0.2.0").set("florenetes-tools", { version: "0.1.0", isInstalled: true });
  expect(find({ packages }).wished.map(({ name }) => name)).toEqual(["florenetes-node"]);
});

test.each<[string, Partial<Parameters<typeof findWayBack>[0]>, string]>([
  ["that was never updated", { status: { ...status, former: undefined } }, "ERR_UPDATE_NO_WAY_BACK"],
  ["whose former packages are gone", { isThere: ({ file }) => !file.startsWith("former/") }, "ERR_UPDATE_NO_WAY_BACK"],
  ["that has them already, by hand", { packages: installed("0.1.0") }, "ERR_UPDATE_NO_WAY_BACK"],
  ["whose packages of today are not kept", { status: { ...status, kept: [] } }, "ERR_UPDATE_NO_WAY_BACK"],
  ["without our packages", { packages: new Map() }, "ERR_UPDATE_NO_WAY_BACK"],
  ["whose release lets nobody go back any more", { now: NOW + 1_000 }, "ERR_UPDATE_OLDER"],
  [
    "whose release lets nobody go back so far",
    { status: { ...status, floor: { lowest: "0.1.5", until: NOW + 1_000 } } },
    "ERR_UPDATE_OLDER",
  ],
])("a node %s does not go back", (_name, changes, code) => {
  expect(() => find(changes)).toThrow(expect.objectContaining({ code }) as Error);
});
