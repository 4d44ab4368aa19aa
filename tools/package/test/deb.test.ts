import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { changelogText, controlText, versionOf } from "../src/deb/control.ts";
import { noticesOfBundle, noticesText } from "../src/deb/copyright.ts";
import { librariesIn, oldestGlibcOf } from "../src/deb/native-code.ts";
import type { DebianPackage } from "../src/deb/package-file.ts";
import { sizesText } from "../src/deb/sizes.ts";

const NODE: DebianPackage = {
  name: "florenetes-node",
  version: "0.1.0",
  summary: "node of a mesh",
  description: ["First line.", "", "Second paragraph."],
  depends: ["florenetes-tools (= 0.1.0)"],
  files: [],
  scripts: new Map(),
};

test("a control file has what deb-control(5) asks for, and sizes in KiB that are rounded up", () => {
  const lines = controlText(NODE, "amd64", ["libc6 (>= 2.34)"], 1_025).split("\n");
  expect(lines).toEqual(
    expect.arrayContaining([
      "Package: florenetes-node",
      "Version: 0.1.0",
      "Architecture: amd64",
      "Installed-Size: 2",
      "Depends: florenetes-tools (= 0.1.0), libc6 (>= 2.34)",
      "Description: node of a mesh",
    ]),
  );
  expect(lines.slice(-5)).toEqual(["Description: node of a mesh", " First line.", " .", " Second paragraph.", ""]);
  expect(controlText({ ...NODE, depends: [] }, "amd64", [], 0)).not.toMatch(/Depends|Recommends/);
  expect(controlText({ ...NODE, recommends: ["nftables"] }, "amd64", [], 0)).toContain("\nRecommends: nftables\n");
});

describe("a version", () => {
  const commit = { id: "b0160bfc0123456789", time: 1_795_743_926, isTagged: false, isChanged: false };
  test.each([
    [{ ...commit, isTagged: true }, "0.1.0"],
    [{ ...commit, isTagged: true, isChanged: true }, "0.1.0+git20261127014526.b0160bfc.changed"],
    [commit, "0.1.0+git20261127014526.b0160bfc"],
    [{ ...commit, isChanged: true }, "0.1.0+git20261127014526.b0160bfc.changed"],
  ])("of %o is %s", (each, version) => {
    expect(versionOf("0.1.0", each)).toBe(version);
  });
});

test("a change log has the time of the commit in the form of Debian", () => {
  expect(changelogText(NODE, 1_795_743_926)).toMatch(
    /^florenetes \(0\.1\.0\) unstable; urgency=medium\n\n {2}\* .*\n\n -- .* {2}Fri, 27 Nov 2026 01:45:26 \+0000\n$/,
  );
});

test.each([
  ["0 DF *UND* 0 (GLIBC_2.9)  a\n0 DF *UND* 0 (GLIBC_2.34) b\n0 DF *UND* 0 (GLIBC_2.3.4) c", "2.34"],
  ["0 DF *UND* 0  GLIBC_2.2.5 a", "2.2"],
  ["0 DF *UND* 0 (GLIBCXX_3.4.21) a", "any"],
])("the oldest glibc for %j is %s", (symbols, oldest) => {
  expect(oldestGlibcOf(symbols)).toBe(oldest);
});

test.each([
  [
    "libc6 (>= 2.34), libgcc-s1 (>= 3.4), libstdc++6 (>= 10.2)",
    ["libc6 (>= 2.34)", "libgcc-s1 (>= 3.4)", "libstdc++6 (>= 10.2)"],
  ],
  [
    "libc6:arm64 (>= 2.36), libgcc-s1-arm64-cross (>= 3.0), libstdc++6:arm64",
    ["libc6 (>= 2.36)", "libgcc-s1 (>= 3.0)", "libstdc++6"],
  ],
  ["", []],
])("the libraries in %j have the names that they have on the machine which runs the code", (found, libraries) => {
  expect(librariesIn(`shlibs:Depends=${found}\n`)).toEqual(libraries);
});

test("Node for arm64 is pinned in the version of the Node with which everything is built", () => {
  const [own, arm64] = ["", "arm64/"].map((folder) => {
    const lock = readFileSync(
      new URL(`../../../scripts/toolchain/${folder}package-lock.json`, import.meta.url),
      "utf8",
    );
    const { packages } = JSON.parse(lock) as {
      readonly packages: Readonly<Record<string, { readonly version: string }>>;
    };
    return packages[`node_modules/node-linux-${folder === "" ? "x64" : "arm64"}`]!.version;
  });
  expect(arm64).toBe(own);
});

test("notices of bundles are told once each, in order", () => {
  const bundle = `zod 4.1.0: MIT\n\ntext of zod\n${"-".repeat(80)}\ncommander 14.0.0: MIT\n\ntext of commander`;
  const notices = noticesOfBundle(bundle);
  expect(notices.map(({ heading }) => heading)).toEqual(["zod 4.1.0: MIT", "commander 14.0.0: MIT"]);
  expect(noticesText([...notices, ...notices])).toBe(
    `commander 14.0.0: MIT\n\ntext of commander\n${"-".repeat(80)}\nzod 4.1.0: MIT\n\ntext of zod\n`,
  );
});

test("sizes name each file from 1 MiB on, and the glibc of each native file", () => {
  const files = [
    { path: "usr/lib/large.node", octets: 3_145_728 },
    { path: "usr/lib/small.node", octets: 1_000 },
    { path: "usr/lib/text", octets: 1_000 },
  ];
  const glibc = new Map([
    ["usr/lib/large.node", "2.28"],
    ["usr/lib/small.node", "2.34"],
  ]);
  const [octets, installedOctets] = [1_572_864, 3_147_728];
  expect(
    sizesText([{ name: "a", file: "/out/a_1_amd64.deb", octets, installedOctets, files, glibc }], {
      file: "/out/a.tar.xz",
      octets,
    }),
  ).toBe(
    [
      "a_1_amd64.deb: 1.5 MiB, installed 3.0 MiB",
      "      3.0 MiB  /usr/lib/large.node, needs glibc 2.28",
      "               /usr/lib/small.node, needs glibc 2.34",
      "a.tar.xz: 1.5 MiB",
      "",
    ].join("\n"),
  );
});
