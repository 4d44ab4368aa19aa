import type { ReleasedPackage } from "@florenetes/facts";
import { compareVersions } from "@florenetes/releases";
import { describe, expect, test } from "vitest";
import type { NodeTerms, ReleaseTerms } from "../../src/verify/release-plan.ts";
import { planUpdate } from "../../src/verify/release-plan.ts";
import { PACKAGE_SIZE_MAX } from "../../src/limits.ts";

const NOW = 1_000_000;

function released(name: string, version: string, changes: Partial<ReleasedPackage> = {}): ReleasedPackage {
  return { name, version, arch: "amd64", length: 1_000, sha256: "ab".repeat(32), ...changes };
}

function release(changes: Partial<ReleaseTerms> = {}, version = "0.1.1"): ReleaseTerms {
  return {
    version,
    packages: [
      released("florenetes-runtime", "24.0.0"),
      released("florenetes-node", version),
      released("florenetes-tools", version),
      released("florenetes-vpn", version),
      released("florenetes-node", version, { arch: "arm64" }),
    ],
    rollback: { lowest: "0.1.0", until: NOW + 1 },
    ...changes,
  };
}

function node(changes: Partial<NodeTerms> = {}, installed = "0.1.0"): NodeTerms {
  const packages = { "florenetes-runtime": "24.0.0", "florenetes-node": installed, "florenetes-tools": installed };
  return {
    arch: "amd64",
    packages: new Map(Object.entries(packages).map(([name, version]) => [name, { version, isInstalled: true }])),
    status: { floor: null, failed: [] },
    now: NOW,
    compareVersions,
    ...changes,
  };
}

describe("a release", () => {
  test("replaces the installed packages whose versions differ, and adds none", () => {
    expect(planUpdate(release(), node()).map((each) => [each.package.name, each.former, each.package.version])).toEqual(
      [
        ["florenetes-node", "0.1.0", "0.1.1"],
        ["florenetes-tools", "0.1.0", "0.1.1"],
      ],
    );
  });

  test("that is installed replaces nothing, also where the node went back from it before", () => {
    expect(planUpdate(release(), node({ status: { floor: null, failed: ["0.1.1"] } }, "0.1.1"))).toEqual([]);
  });

  test.for([
    ["ERR_UPDATE_PACKAGES", "lacks a package that is installed", { packages: [released("florenetes-node", "0.1.1")] }],
    ["ERR_UPDATE_PACKAGES", "is for another architecture", { packages: release().packages.slice(4) }],
    ["ERR_UPDATE_PACKAGES", "has packages of others", { packages: [...release().packages, released("sudo", "1")] }],
    [
      "ERR_UPDATE_PACKAGES",
      "has a package for this architecture and for all",
      { packages: [...release().packages, released("florenetes-node", "0.1.1", { arch: "all" })] },
    ],
    [
      "ERR_UPDATE_PACKAGES",
      "has a package without end",
      { packages: [...release().packages, released("florenetes-store", "0.1.1", { length: PACKAGE_SIZE_MAX + 1 })] },
    ],
    ["ERR_UPDATE_PACKAGES", "has another version than its node", { version: "0.1.2" }],
    ["ERR_UPDATE_NO_WAY_BACK", "does not let go back so far", { rollback: { lowest: "0.1.1", until: NOW + 1 } }],
    ["ERR_UPDATE_NO_WAY_BACK", "does not let go back any more", { rollback: { lowest: "0.1.0", until: NOW } }],
  ] as const)("is refused with %s when it %s", ([code, , changes]) => {
    expect(() => planUpdate(release(changes), node())).toThrow(expect.objectContaining({ code }));
  });

  test("is refused from which the node went back", () => {
    const failed = node({ status: { floor: null, failed: ["0.1.1"] } });
    expect(() => planUpdate(release(), failed)).toThrow(expect.objectContaining({ code: "ERR_UPDATE_FAILED_BEFORE" }));
  });

  test("is refused where a package is half installed, or the node has none of ours", () => {
    const half = new Map([...node().packages, ["florenetes-tools", { version: "0.1.0", isInstalled: false }]]);
    for (const packages of [half, new Map<string, never>()])
      expect(() => planUpdate(release(), node({ packages }))).toThrow(
        expect.objectContaining({ code: "ERR_UPDATE_PACKAGES" }),
      );
  });

  test.for([
    ["no release is installed", null, false],
    ["the installed one allows it", { lowest: "0.1.0", until: NOW + 1 }, true],
    ["the installed one allows it no longer", { lowest: "0.1.0", until: NOW }, false],
    ["the installed one does not go back so far", { lowest: "0.1.1", until: NOW + 1 }, false],
  ] as const)("with a lower version, where %s", ([, floor, isTaken]) => {
    const lower = release({}, "0.1.0");
    const plan = (): unknown => planUpdate(lower, node({ status: { floor, failed: [] } }, "0.1.2"));
    if (isTaken) expect(plan()).toHaveLength(2);
    else expect(plan).toThrow(expect.objectContaining({ code: "ERR_UPDATE_OLDER" }));
  });
});
