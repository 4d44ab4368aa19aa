#!/usr/bin/env node
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { type Advisory, advisoriesSchema } from "./advisories.ts";
import { findBundleFaults } from "./bundled-packages.ts";
import { allowedLicenses, findLicenseFaults } from "./crate-licenses.ts";
import { makeList } from "./crate-list.ts";
import { type Embedded, embeddedSchema, findListFaults } from "./embedded-crates.ts";
import { findRanges, findUnpinned, findUnpinnedTools, findWorkspaceFaults } from "./manifests.ts";
import { type Outcome, formatCounts, formatOutcome, outcomeOf } from "./outcome.ts";
import {
  CRATES_INSIDE,
  CRATE_CHANGED,
  CRATES_OF_NATIVE,
  type ToolOutput,
  judgeCargoAudit,
  judgeNpmAudit,
  judgeSignatures,
} from "./registries.ts";
import { makeSbom } from "./sbom.ts";

/** Folders that pin what programs are made with and run with. */
const TOOLCHAINS = ["scripts/toolchain", "scripts/toolchain/arm64"];
const ENGINE = "@matrixai/quic";
const PLATFORM = "linux-x64";
const TARGET = "x86_64-unknown-linux-gnu";
/** The programs that are deployed, each as a bundle. */
const PROGRAMS = [
  "apps/link-flor",
  "apps/cluster-flor",
  "apps/fabric-flor",
  "apps/vpn-flor",
  "apps/control-flor",
  "apps/store-flor",
  "apps/update-flor",
  "tools/flor",
];
/** Folders with a Cargo.toml. native/ knows the crate that we change only as a folder, and that folder's own lock names the source. */
const NATIVE = ["native", "native/quinn-proto"];
const OUTPUT_MAX = 67_108_864;

const own = dirname(dirname(fileURLToPath(import.meta.url)));
const root = dirname(dirname(own));
const engine = realpathSync(join(root, "packages/quic/node_modules", ENGINE));
const holder = realpathSync(join(dirname(dirname(engine)), `${ENGINE}-${PLATFORM}`));
const listFile = join(own, "embedded-crates.json");

const { positionals, values } = parseArgs({ allowPositionals: true, options: { out: { type: "string" } } });
switch (positionals[0]) {
  case "sbom":
    writeSbom(values.out);
    break;
  case "check":
    check();
    break;
  case "list-crates":
    listCrates();
    break;
  default:
    console.error("usage: supply-chain sbom [--out <file>] | check | list-crates");
    process.exitCode = 2;
}

function writeSbom(file: string = "florenetes.cdx.json"): void {
  const sbom = makeSbom(npmSbom(), readYaml("pnpm-lock.yaml"), readList(), readAdvisories());
  writeFileSync(file, sbom);
  console.log(`${file}: ${(JSON.parse(sbom) as { components: unknown[] }).components.length} components`);
}

/** The npm packages of the programs, by pnpm. */
function npmSbom(): string {
  const parts = PROGRAMS.flatMap((program) => ["--filter", `./${program}`]);
  const npm = run("pnpm", ["sbom", "--sbom-format", "cyclonedx", "--sbom-spec-version", "1.6", "--prod", ...parts]);
  if (npm.status !== 0) throw new Error(`pnpm sbom failed: ${npm.stderr}${npm.stdout}`);
  return npm.stdout;
}

function check(): void {
  const outcomes = [checkVersions(), checkBundles(), checkCrates(), checkLicenses(), ...askRegistries()];
  for (const outcome of outcomes) console.log(formatOutcome(outcome));
  console.log(formatCounts(outcomes));
  process.exitCode = outcomes.some(({ kind }) => kind === "failed") ? 1 : 0;
}

function checkVersions(): Outcome {
  const faults = manifests().flatMap((file) => findRanges(file, readJson(file)));
  return outcomeOf("exact versions, pinned contents, and nobody's scripts at an install", [
    ...faults,
    ...findWorkspaceFaults(readYaml("pnpm-workspace.yaml")),
    ...findUnpinned(readYaml("pnpm-lock.yaml")),
    ...TOOLCHAINS.flatMap((folder) =>
      findUnpinnedTools(`${folder}/package-lock.json`, readJson(`${folder}/package-lock.json`)),
    ),
  ]);
}

function checkBundles(): Outcome {
  const npm = npmSbom();
  return outcomeOf(
    "what the programs bundle stands in the bill of materials, with its licence beside it",
    PROGRAMS.flatMap((program) => findBundleFaults(readText(`${program}/dist/licenses.txt`), npm)),
  );
}

function checkCrates(): Outcome {
  const list = readList();
  const { version } = JSON.parse(readFileSync(join(holder, "package.json"), "utf8")) as { version: string };
  const isOther = list.version !== version || list.package !== `${ENGINE}-${PLATFORM}`;
  return outcomeOf("the list of embedded crates is that of the binary", [
    ...(isOther ? [`the list is that of ${list.package} ${list.version}: make it anew with list-crates`] : []),
    ...findListFaults(list, readBinary(), readLock()),
  ]);
}

/** Asks cargo, which knows the crates that the build has fetched. */
function checkLicenses(): Outcome {
  const text = "licences of the crates of native/ are allowed ones";
  const made = run("node", ["scripts/quinn-proto.mjs"]);
  if (made.status !== 0) return { kind: "skipped", text, reason: made.stderr.trim() };
  const allowed = allowedLicenses(readText("native/deny.toml"));
  const faults = new Set<string>();
  for (const folder of NATIVE) {
    const metadata = cargoMetadata("--offline", "--manifest-path", join(root, folder, "Cargo.toml"));
    if (metadata.status !== 0) return { kind: "skipped", text, reason: metadata.stderr.trim().split("\n").at(-1)! };
    for (const fault of findLicenseFaults(metadata.stdout, allowed)) faults.add(fault);
  }
  return outcomeOf(text, [...faults]);
}

function cargoMetadata(...parameters: readonly string[]): ToolOutput {
  return run("cargo", ["metadata", "--locked", "--format-version", "1", "--filter-platform", TARGET, ...parameters]);
}

function askRegistries(): Outcome[] {
  return [
    judgeSignatures(run("pnpm", ["audit", "signatures"])),
    judgeNpmAudit(run("pnpm", ["audit", "--prod", "--json"])),
    judgeCargoAudit(CRATES_INSIDE, auditCrates(join(engine, "Cargo.lock")), readAdvisories()),
    judgeCargoAudit(CRATES_OF_NATIVE, auditCrates(join(root, "native/Cargo.lock")), readAdvisories()),
    judgeCargoAudit(CRATE_CHANGED, auditCrates(join(root, "native/quinn-proto/Cargo.lock")), readAdvisories()),
  ];
}

function auditCrates(lock: string): ToolOutput {
  return run("cargo", ["audit", "--json", "--file", lock]);
}

/** Makes the list of crates for a new version of the engine. Needs cargo, and the registry of crates. */
function listCrates(): void {
  const folder = mkdtempSync(join(tmpdir(), "supply-chain-"));
  try {
    for (const file of ["Cargo.toml", "Cargo.lock"]) copyFileSync(join(engine, file), join(folder, file));
    // Cargo demands a source of the package itself, but does not look at it.
    const source = join(folder, "src/native/napi");
    mkdirSync(source, { recursive: true });
    writeFileSync(join(source, "lib.rs"), "");
    const metadata = cargoMetadata("--manifest-path", join(folder, "Cargo.toml"));
    if (metadata.status !== 0) throw new Error(`cargo metadata failed: ${metadata.stderr}`);
    const { name, version } = JSON.parse(readFileSync(join(holder, "package.json"), "utf8")) as Record<string, string>;
    const list = makeList({ name: name!, version: version! }, readBinary(), readLock(), metadata.stdout);
    writeFileSync(listFile, `${JSON.stringify(list, undefined, 2)}\n`);
    console.log(`${list.crates.length} crates; look at what has changed, and at advisories.json`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readBinary(): Buffer {
  return readFileSync(join(holder, "node.napi.node"));
}

function readLock(): string {
  return readFileSync(join(engine, "Cargo.lock"), "utf8");
}

function readList(): Embedded {
  return embeddedSchema.parse(JSON.parse(readFileSync(listFile, "utf8")));
}

function readAdvisories(): readonly Advisory[] {
  return advisoriesSchema.parse(JSON.parse(readFileSync(join(own, "advisories.json"), "utf8")));
}

function manifests(): string[] {
  const folders = ["apps", "packages", "tools"].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => `${parent}/${name}`),
  );
  return [
    "package.json",
    ...TOOLCHAINS.map((folder) => `${folder}/package.json`),
    ...[...folders, "test-e2e"].map((folder) => `${folder}/package.json`),
  ];
}

function readJson(file: string): unknown {
  return JSON.parse(readText(file));
}

function readYaml(file: string): unknown {
  return parse(readText(file));
}

function readText(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

function run(command: string, parameters: readonly string[]): ToolOutput {
  const { status, stdout, stderr } = spawnSync(command, parameters, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: OUTPUT_MAX,
  });
  return { status, stdout: stdout ?? "", stderr: stderr ?? "" };
}
