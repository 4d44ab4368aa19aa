import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { afterAll, describe, expect, test } from "vitest";
import { type Advisory, advisoriesSchema, findUnanswered } from "../src/advisories.ts";
import { findBundleFaults } from "../src/bundled-packages.ts";
import { allowedLicenses, findLicenseFaults } from "../src/crate-licenses.ts";
import { type Embedded, cratesInBinary, cratesInLock, findListFaults } from "../src/embedded-crates.ts";
import { findRanges, findUnpinned, findUnpinnedTools, findWorkspaceFaults } from "../src/manifests.ts";
import { formatCounts, formatOutcome } from "../src/outcome.ts";
import { CRATES_INSIDE, judgeCargoAudit, judgeNpmAudit, judgeSignatures } from "../src/registries.ts";
import { lockedEdges } from "../src/locked-edges.ts";
import { makeSbom } from "../src/sbom.ts";

const own = fileURLToPath(new URL("..", import.meta.url));
const read = (file: string): unknown => JSON.parse(readFileSync(join(own, file), "utf8"));
const advisories = advisoriesSchema.parse(read("advisories.json"));

const shaOf = (digit: string): string => digit.repeat(64);
const binary = Buffer.from(
  "\0/build/rustc-1.77.2-src/library/core/src/time.rs../cargo/registry/src/index.crates.io-6f17/quiche-0.18.0/src/lib.rs\0" +
    "/cargo/registry/src/index.crates.io-6f17/boring-sys-3.1.0/src/x.rs/cargo/registry/src/index.crates.io-6f17/quiche-0.18.0/src/b.rs",
  "latin1",
);
const lock = `version = 3

[[package]]
name = "quic"
version = "2.0.9"

[[package]]
name = "quiche"
version = "0.18.0"
source = "registry"
checksum = "${shaOf("a")}"

[[package]]
name = "boring-sys"
version = "3.1.0"
checksum = "${shaOf("b")}"

[[package]]
name = "log"
version = "0.4.22"
checksum = "${shaOf("c")}"
`;
const list: Embedded = {
  package: "@scope/engine",
  version: "1.0.0",
  rust: "1.77.2",
  bundled: [{ name: "boringssl", by: "boring-sys", license: "ISC" }],
  crates: [
    { name: "boring-sys", version: "3.1.0", license: "MIT", sha256: shaOf("b"), isSeen: true },
    { name: "log", version: "0.4.22", license: "MIT OR Apache-2.0", sha256: shaOf("c"), isSeen: false },
    { name: "quiche", version: "0.18.0", license: "BSD-2-Clause", sha256: shaOf("a"), isSeen: true },
  ],
};

describe("what a bundle holds", () => {
  const npm = JSON.stringify({
    components: [{ "bom-ref": "pkg:npm/%40scope/a@1.0.0" }, { "bom-ref": "pkg:npm/b@2.0.0" }],
  });
  const between = `\n${"-".repeat(80)}\n`;

  test.each([
    ["is known, with licences", `@scope/a 1.0.0: MIT\n\nMay be used.\n${between}b 2.0.0: ISC\n\nSo may b.`, []],
    ["is not what is deployed", "b 2.0.1: ISC\n\nText.", ["b 2.0.1 is bundled, and not in the bill of materials"]],
    ["lacks a licence", "b 2.0.0: ISC\n\n", ["b 2.0.0 is bundled without the text of its licence"]],
    ["has no name", "Text.", ["licenses.txt has a part without the name of a package: Text."]],
  ])("%s", (_, licenses, faults) => {
    expect(findBundleFaults(licenses, npm)).toEqual(faults);
  });
});

describe("embedded crates", () => {
  test("are read from the binary and from its lock", () => {
    expect(cratesInBinary(binary)).toEqual({ crates: ["boring-sys-3.1.0", "quiche-0.18.0"], rust: "1.77.2" });
    expect(cratesInLock(lock).map(({ name }) => name)).toEqual(["quiche", "boring-sys", "log"]);
    expect(findListFaults(list, binary, lock)).toEqual([]);
  });

  const [boring, log, quiche] = list.crates;
  test.each([
    ["a crate that the list lacks", [boring!, log!], ["quiche-0.18.0 is in the binary, and the list does not say so"]],
    [
      "another version",
      [boring!, log!, { ...quiche!, version: "0.24.5" }],
      [
        "quiche-0.18.0 is in the binary, and the list does not say so",
        "quiche-0.24.5 is not in the binary, and the list says so",
        "quiche-0.24.5 is not in the lock that comes with the binary, or is another",
      ],
    ],
    [
      "another content",
      [boring!, { ...log!, sha256: shaOf("d") }, quiche!],
      ["log-0.4.22 is not in the lock that comes with the binary, or is another"],
    ],
    [
      "more than is there",
      [boring!, { ...log!, isSeen: true }, quiche!],
      ["log-0.4.22 is not in the binary, and the list says so"],
    ],
  ])("a list with %s is found out", (_name, crates, faults) => {
    expect(findListFaults({ ...list, crates }, binary, lock)).toEqual(faults);
  });

  test("a binary that says nothing proves nothing", () => {
    const faults = findListFaults({ ...list, crates: [] }, Buffer.from("stripped"), lock);
    expect(faults).toEqual([expect.stringContaining("no path of any crate"), expect.stringContaining("of no version")]);
  });
});

describe("versions", () => {
  test.each([
    "^1.2.3",
    "~1.2.3",
    "1.2",
    "*",
    "latest",
    ">=1.0.0",
    "1.2.3 - 2",
    "git+ssh://x/y",
    "npm:other@1.2.3",
    "file:../x",
  ])("%s is no exact one", (version) => {
    expect(findRanges("x", { dependencies: { a: version } })).toHaveLength(1);
    expect(findRanges("x", { devDependencies: { a: version } })).toHaveLength(1);
    expect(findRanges("x", { optionalDependencies: { a: version } })).toHaveLength(1);
    expect(findWorkspaceFaults({ catalog: { a: version } })).toHaveLength(1);
  });

  test("exact ones, those of the catalog and of this repository are", () => {
    const dependencies = { a: "1.2.3", b: "1.2.3-beta.1", c: "catalog:", d: "workspace:*" };
    expect(findRanges("x", { dependencies, packageManager: "pnpm@11.28.11" })).toEqual([]);
    expect(findRanges("x", { packageManager: "pnpm@11" })).toHaveLength(1);
  });

  test("a package whose scripts would run at an install is named", () => {
    const faults = findWorkspaceFaults({ allowBuilds: { koffi: false, evil: true } });
    expect(faults).toEqual(["pnpm-workspace.yaml: scripts of evil run at every install"]);
  });

  test("contents are pinned by SHA-512", () => {
    const good = `sha512-${"A".repeat(86)}==`;
    const packages = {
      "a@1.0.0": { resolution: { integrity: good } },
      "b@1.0.0": { resolution: { integrity: "sha1-AAAA" } },
      "c@1.0.0": { resolution: { tarball: "somewhere" } },
    };
    expect(findUnpinned({ packages })).toEqual([
      expect.stringContaining("b@1.0.0"),
      expect.stringContaining("c@1.0.0"),
    ]);
    const tools = { "": {}, "node_modules/a": { integrity: good }, "node_modules/b": {} };
    expect(findUnpinnedTools("lock.json", { packages: tools })).toEqual([
      expect.stringMatching(/^lock\.json: .*node_modules\/b/),
    ]);
  });
});

describe("what registries say", () => {
  const output = (stdout: string, stderr = "", status: number | null = 0) => ({ status, stdout, stderr });
  const vulnerable = JSON.stringify({
    advisories: { 1: { module_name: "a", title: "it is open", url: "x" } },
  });
  const audit = (...ids: string[]): string =>
    JSON.stringify({
      vulnerabilities: { list: ids.slice(0, 1).map((id) => ({ advisory: { id } })) },
      warnings: { unsound: ids.slice(1).map((id) => ({ advisory: { id } })), yanked: [{ advisory: null }] },
    });
  const known = ["RUSTSEC-2020-0001", "RUSTSEC-2020-0002"].map((id): Advisory => ({
    id,
    crate: "a",
    what: "",
    state: "unreachable",
    answer: "",
  }));

  test.each([
    [
      "signed",
      judgeSignatures(output("audited 300 packages\n\n300 packages have verified registry signatures\n")),
      "passed",
    ],
    [
      "forged",
      judgeSignatures(output("audited 300 packages\n\n1 package has an invalid registry signature:\n", "", 1)),
      "failed",
    ],
    [
      "no keys",
      judgeSignatures(
        output("audited 0 packages\n\nNo dependencies were installed from a registry with signing keys\n"),
      ),
      "skipped",
    ],
    ["no network", judgeSignatures(output("", "[ERR_PNPM_META_FETCH_FAIL] request failed\n", 1)), "skipped"],
    ["nothing known", judgeNpmAudit(output('{"advisories":{}}')), "passed"],
    ["a hole", judgeNpmAudit(output(vulnerable, "", 1)), "failed"],
    ["an endpoint that refuses", judgeNpmAudit(output('{"error":{"message":"responded with 405"}}', "", 1)), "skipped"],
    ["no pnpm", judgeNpmAudit(output("", "", null)), "skipped"],
    ["no cargo", judgeCargoAudit(CRATES_INSIDE, output("", "", null), known), "skipped"],
    [
      "no cargo-audit",
      judgeCargoAudit(CRATES_INSIDE, output("", "error: no such command: `audit`", 101), known),
      "skipped",
    ],
    [
      "no database",
      judgeCargoAudit(CRATES_INSIDE, output("", "error: couldn't fetch advisory database", 1), known),
      "skipped",
    ],
    [
      "what is answered",
      judgeCargoAudit(CRATES_INSIDE, output(audit("RUSTSEC-2020-0001", "RUSTSEC-2020-0002"), "", 1), known),
      "passed",
    ],
    [
      "what is not",
      judgeCargoAudit(CRATES_INSIDE, output(audit("RUSTSEC-2020-0001", "RUSTSEC-2020-0003"), "", 1), known),
      "failed",
    ],
  ] as const)("%s", (_name, outcome, kind) => {
    expect(outcome.kind).toBe(kind);
    expect(formatOutcome(outcome)).toMatch(
      { passed: /^ok: /, failed: /^FAILED: .*\n {2}/, skipped: /^skipped: .*: ./ }[kind],
    );
    expect(formatCounts([outcome])).toContain(`1 ${kind}`);
  });

  test("every advisory without an answer is named once", () => {
    const found = findUnanswered(audit("RUSTSEC-2020-0009", "RUSTSEC-2020-0003", "RUSTSEC-2020-0003"), known);
    expect(found).toEqual(["RUSTSEC-2020-0003", "RUSTSEC-2020-0009"]);
  });
});

describe("licences of the crates of native/", () => {
  const allowed = allowedLicenses(readFileSync(join(own, "../../native/deny.toml"), "utf8"));
  const faultsOf = (license: string | null, source: string | null = "registry"): string[] =>
    findLicenseFaults(JSON.stringify({ packages: [{ name: "crate", version: "1.0.0", license, source }] }), allowed);

  test("the list is that of cargo-deny", () => {
    expect(allowed).toContain("Apache-2.0");
    expect(allowed).not.toContain("GPL-3.0-only");
    expect(() => allowedLicenses("[bans]\nallow = []\n")).toThrow("no list");
  });

  test.each(["MIT", "MIT/Apache-2.0", "Unlicense OR MIT", "Apache-2.0 AND ISC", "(MIT OR Apache-2.0) AND Unicode-3.0"])(
    "%s is allowed",
    (license) => expect(faultsOf(license)).toEqual([]),
  );

  test.each([
    ["GPL-3.0-only"],
    ["MIT AND GPL-3.0-only"],
    ["(MIT OR GPL-3.0-only) AND MPL-2.0"],
    ["something of our own"],
    [null],
  ])("%s is not", (license) => {
    expect(faultsOf(license)).toEqual([expect.stringContaining("crate 1.0.0")]);
  });

  test("crates of this repository are not asked", () => {
    expect(faultsOf(null, null)).toEqual([]);
  });
});

test("what is known against the engine stands in the documents with its answer", () => {
  const document = readFileSync(join(own, "../../docs/operate/supply-chain.md"), "utf8");
  for (const { id, crate, what, state, answer } of advisories) {
    expect(document).toContain(`| ${id} | ${crate} | ${what} | ${state} | ${answer} |`);
  }
});

describe("the bill of materials", () => {
  const folder = mkdtempSync(join(tmpdir(), "florenetes-sbom-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  interface Component {
    readonly "bom-ref": string;
    readonly licenses?: readonly unknown[];
    readonly hashes?: readonly { readonly alg: string }[];
    readonly externalReferences?: readonly { readonly hashes?: readonly { readonly alg: string }[] }[];
  }

  function make(name: string): string {
    const main = ["--conditions=@florenetes/source", join(own, "src/main.ts"), "sbom", "--out", join(folder, name)];
    const { status, stderr } = spawnSync(process.execPath, main, { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    return readFileSync(join(folder, name), "utf8");
  }

  test("who needs whom is read from the lock: with scopes, peers, aliases and what is optional", () => {
    const snapshots = {
      "@scope/a@1.0.0(b@2.0.0)": { dependencies: { b: "2.0.0", c: "3.0.0(b@2.0.0)" } },
      "@scope/a@1.0.0(b@2.1.0)": { dependencies: { b: "2.1.0" }, optionalDependencies: { d: "@scope/e@4.0.0" } },
      "b@2.0.0": {},
    };
    const edges = Object.fromEntries([...lockedEdges({ snapshots })].map(([from, to]) => [from, [...to]]));
    expect(edges).toEqual({
      "pkg:npm/%40scope/a@1.0.0": ["pkg:npm/b@2.0.0", "pkg:npm/c@3.0.0", "pkg:npm/b@2.1.0", "pkg:npm/%40scope/e@4.0.0"],
      "pkg:npm/b@2.0.0": [],
    });
  });

  test("names all that is deployed, with licence and hash, by the schema, and is the same each time", async () => {
    const text = make("a.json");
    expect(make("b.json")).toBe(text);
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    expect(await validator.validate(text)).toBeNull();
    expect(await validator.validate(text.replace('"type": "library"', '"type": "book"'))).not.toBeNull();
    const { components, dependencies } = JSON.parse(text) as {
      readonly components: readonly Component[];
      readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
    };
    const refs = components.map((component) => component["bom-ref"]);
    const wanted = [
      /^pkg:npm\/pino@/,
      /^pkg:npm\/%40matrixai\/quic-linux-x64@/,
      /^pkg:cargo\/quiche@/,
      /boringssl$/,
      /rust-std$/,
    ];
    for (const pattern of wanted)
      expect(
        refs.filter((ref) => pattern.test(ref)),
        String(pattern),
      ).toHaveLength(1);
    // Every package that needs it is named, and not only the first one that was met.
    const needing = dependencies.filter(({ dependsOn }) => dependsOn.some((ref) => ref.startsWith("pkg:npm/tslib@")));
    expect(needing.map(({ ref }) => ref.replace(/@[^@]+$/, ""))).toEqual(
      expect.arrayContaining(["csr", "schema", "x509"].map((name) => `pkg:npm/%40peculiar/asn1-${name}`)),
    );
    // Packages that only build and test the programs are not deployed.
    for (const pattern of [/vitest/, /typescript/, /fast-check/]) expect(refs.join(" ")).not.toMatch(pattern);
    for (const component of components) {
      const ref = component["bom-ref"];
      expect(component.licenses?.length, ref).toBe(1);
      if (/^embedded:|%40florenetes/.test(ref)) continue;
      const hashes = [
        ...(component.hashes ?? []),
        ...(component.externalReferences ?? []).flatMap((each) => each.hashes ?? []),
      ];
      expect(
        hashes.map(({ alg }) => alg),
        ref,
      ).toEqual([ref.startsWith("pkg:cargo/") ? "SHA-256" : "SHA-512"]);
    }
  }, 60_000);

  test("is not made with the list of another binary", () => {
    const npm = JSON.stringify({ metadata: { component: {} }, components: [], dependencies: [] });
    expect(() => makeSbom(npm, { snapshots: {} }, list, advisories)).toThrow(/make it anew/);
  });
});
