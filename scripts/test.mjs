// Runs every check of the repository, in order of what they cost, and sums them up in one last line:
// `N passed, N failed, N skipped`. Exits non-zero when anything failed or nothing ran.
//
//   node scripts/test.mjs [--only lint|unit|rust|rust-checks|supply-chain|simulated|e2e|soak] [--sums file.json]
//
// Where all run, the data plane in Rust is built beside what needs none, and compilers and simulated meshes compute beside tests that
// mostly wait: those come first wherever both want a core.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { tellCpuTimes } from "./cpu-times.mjs";
import { coresOfOthers, isJudgedAgain, secondTry, tellJudgedAgain, watchOthers } from "./others-load.mjs";
import { runRustChecks, runRustTests } from "./rust-tests.mjs";
import { addPassedAgain, addSums, fail, sumUp, total } from "./test-sums.mjs";
import { failuresIn } from "./vitest-failures.mjs";
import { setup as bundlePrograms } from "../vitest.programs.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { only, sums } = parseArgs({ options: { only: { type: "string" }, sums: { type: "string" } } }).values;
// The tests start a thousand processes from their sources: what Node has made of a file once need not be made again.
process.env.NODE_COMPILE_CACHE ||= join(root, "node_modules", ".cache", "node");
/** Most of them wait for most of their time. */
const UNIT_SUITES_AT_ONCE = 3;
/** Fuzzers among the unit tests go on for so long in `soak`; `scripts/fuzz.mjs` lets them go on for longer. */
const FUZZ_SECONDS = "10";
/** Bytes that cargo's tests may write. */
const OUTPUT_MAX = 67_108_864;
/** Suites that come to the data plane in Rust otherwise than by what they depend on: they start programs, load it where it is, or copy it. */
const LOADING_IT = [
  "@florenetes/florio",
  "@florenetes/flor",
  "@florenetes/hostile",
  "@florenetes/package",
  "@florenetes/meshlab",
];
/** Parts that start no program of ours as a process. */
const WITHOUT_PROGRAMS = new Set(["lint", "rust", "rust-checks", "simulated", "supply-chain"]);
/** Filters of turbo that take them, and all that depends on the data plane. */
const WITH_DATA_PLANE = ["...@florenetes/data-plane", ...LOADING_IT];
const WITHOUT_DATA_PLANE = WITH_DATA_PLANE.map((filter) => `!${filter}`);

const lintPaths = ["packages", "apps", "tools", "test-e2e"];
const checks = [
  ["types of the tests", "tsc", ["-p", "tsconfig.tests.json"]],
  ["oxlint", "oxlint", ["--type-aware", ...lintPaths]],
  ["oxfmt", "oxfmt", ["--check"]],
  ["knip (unused files, exports, dependencies)", "knip", []],
  ["sherif (one version of each dependency)", "sherif", []],
  ["tidy (the repository's own rules)", "node", ["tools/tidy/dist/main.js"]],
  ["tables of the documents", "node", ["--conditions=@florenetes/source", "scripts/tables.ts", "--check"]],
];

// Turbo hands on few variables. Programs in tests take no CAs of the machine, but the older build, which is made in a test, fetches packages.
const { NODE_EXTRA_CA_CERTS } = process.env;
if (NODE_EXTRA_CA_CERTS) process.env.FLORENETES_EXTRA_CA_CERTS = NODE_EXTRA_CA_CERTS;
const isOutermost = watchOthers();
// All suites, and what runs beside them, start programs from one place.
if (!WITHOUT_PROGRAMS.has(only)) await shareBundles();
if (only === undefined) {
  const dataPlane = startBuild();
  runChecks();
  runUnit(WITHOUT_DATA_PLANE);
  await endBuild(dataPlane);
  const simulated = startBeside("simulated");
  runUnit(WITH_DATA_PLANE);
  const rust = startBeside("rust-checks");
  runSupplyChain();
  runEndToEnd();
  await addBeside(rust);
  runRustTests();
  await addBeside(simulated);
}
if (only === "lint") runChecks();
if (only === "unit") runUnit();
if (only === "rust" || only === "rust-checks") runRustChecks();
if (only === "rust") runRustTests();
if (only === "supply-chain") runSupplyChain();
if (only === "simulated") runSimulated();
if (only === "e2e") runEndToEnd();
if (only === "soak") {
  // Seconds, for tests that go on for a while; properties and simulations have all their runs when it is set.
  const seconds = process.env.FLORENETES_SOAK || "600";
  process.env.FLORENETES_SOAK = FUZZ_SECONDS;
  runUnit();
  runSimulated();
  process.env.FLORENETES_SOAK = seconds;
  runEndToEnd();
}

if (isOutermost) tellCpuTimes();
sumUp(sums);

/** Makes the bundles that each suite would else make for itself; they go away with this process. */
async function shareBundles() {
  const remove = await bundlePrograms();
  if (remove !== undefined) process.on("exit", remove);
}

/** Builds the data plane in Rust in a process of its own. */
function startBuild() {
  const args = [join(root, "scripts", "with-toolchain.mjs"), "--build-all"];
  return once(spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] }), "exit");
}

async function endBuild(hasEnded) {
  const [status] = await hasEnded;
  if (status !== 0) fail(`the build of the data plane ended with ${status}`);
}

/** Runs a part of the tests in a process of its own, which keeps its output and its sums in files. */
function startBeside(part) {
  const folder = mkdtempSync(join(tmpdir(), "florenetes-test-"));
  const file = openSync(join(folder, "output"), "w");
  const args = [fileURLToPath(import.meta.url), "--only", part, "--sums", join(folder, "sums.json")];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", file, file] });
  closeSync(file);
  return { part, folder, hasEnded: once(child, "exit") };
}

/** Waits for the end of what runs beside, tells its output in one piece, and adds its sums. */
async function addBeside({ part, folder, hasEnded }) {
  const [status] = await hasEnded;
  process.stdout.write(readFileSync(join(folder, "output")));
  const sums = join(folder, "sums.json");
  if (existsSync(sums)) {
    addSums(sums);
  } else {
    fail(`the part "${part}" ended with ${status} and did not sum up`);
  }
  rmSync(folder, { recursive: true });
}

function runChecks() {
  for (const check of checks) runCheck(...check);
}

function runCheck(name, command, args) {
  const { status } = run(command, args);
  if (status !== 0) return fail(name);
  total.passed += 1;
  console.log(`ok: ${name}`);
}

/** Runs the checks of the supply chain. A check that no registry answers is skipped, and says so. */
function runSupplyChain() {
  console.log("running: checks of the supply chain");
  const { stdout, status } = spawnSync("node", ["tools/supply-chain/dist/main.js", "check"], {
    cwd: root,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.stdout.write(stdout);
  const counts = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(stdout);
  if (counts === null) return fail(`the checks of the supply chain ended with ${status} and did not sum up`);
  total.passed += Number(counts[1]);
  total.skipped += Number(counts[3]);
  for (const [line] of stdout.matchAll(/^FAILED: .*$/gm)) fail(line.slice("FAILED: ".length));
}

/** @param filters Of turbo; none: all suites. */
function runUnit(filters = []) {
  runSuites("unit and property tests", "test", UNIT_SUITES_AT_ONCE, filters);
}

function runSimulated() {
  runSuites("simulated meshes", "simulated", 1);
}

function runEndToEnd() {
  if (process.getuid?.() !== 0) {
    console.log(
      "left out: the tests in network namespaces, which need root (run `sudo npm test`); those on loopback run",
    );
  }
  runSuites("end-to-end tests over real meshes", "e2e", 1);
}

/** Runs one turbo task in all workspaces that have it and that the filters leave, and adds up the reports that vitest wrote. */
function runSuites(name, task, concurrency, filters = []) {
  const filtered = filters.map((filter) => `--filter=${filter}`);
  const workspaces = workspacesWith(task, filtered);
  const reports = workspaces.map((folder) => join(root, folder, ".test-results", `${task}.json`));
  for (const report of reports) rmSync(report, { force: true });
  const runs = join(root, ".turbo", "runs");
  rmSync(runs, { recursive: true, force: true });
  console.log(`running: ${name}`);
  const since = Date.now();
  const { status } = run("turbo", [
    "run",
    task,
    `--concurrency=${concurrency}`,
    "--continue",
    "--output-logs=full",
    "--log-order=stream",
    "--summarize",
    ...filtered,
  ]);
  const failed = workspaces.flatMap((folder, index) => addReport(folder, reports[index]));
  const others = coresOfOthers(since);
  for (const failure of isJudgedAgain(filesOf(failed), others) ? judgeAgain(task, failed, others) : failed)
    fail(failure.text);
  if (status === 0 || failed.length > 0) return;
  const ended = endsIn(runs).filter(({ code }) => code !== 0);
  const told = ended.map(({ directory, code }) => `, ${directory} with ${code}`).join("");
  fail(`turbo run ${task} ended with ${status}${told}, although no test reported a failure`);
}

/** The folders and exit codes of the tasks that turbo has run, by the summary that it writes. */
function endsIn(runs) {
  const [summary] = existsSync(runs) ? readdirSync(runs) : [];
  if (summary === undefined) return [];
  const { tasks } = JSON.parse(readFileSync(join(runs, summary), "utf8"));
  return tasks.map(({ directory, execution }) => ({ directory, code: execution?.exitCode }));
}

function filesOf(failed) {
  return new Set(failed.map(({ folder, file }) => `${folder}/${file}`)).size;
}

/**
 * Runs what has failed once more, as `isJudgedAgain` says. Those that pass then count as passed. Whatever
 * fails again has failed; where the machine was as busy the second time, it is said that it is too busy to judge it.
 */
function judgeAgain(task, failed, others) {
  const byFolder = Map.groupBy(failed, ({ folder }) => folder);
  return [...byFolder].flatMap(([folder, failures]) => {
    const files = [...new Set(failures.flatMap(({ file }) => file ?? []))];
    if (files.length === 0) return failures;
    tellJudgedAgain(files, others);
    const report = join(root, folder, ".test-results", `${task}.json`);
    rmSync(report, { force: true });
    const since = Date.now();
    const args = ["run", task, ...files, ...(task === "test" ? onlyTitles(failures) : [])];
    spawnSync("pnpm", args, { cwd: join(root, folder), stdio: ["ignore", "inherit", "inherit"] });
    const again = existsSync(report) ? failuresIn(root, folder, report) : failures;
    const passed = failures.filter(({ name }) => again.every((other) => other.name !== name));
    addPassedAgain(passed.map(({ text }) => text));
    const words = secondTry(others, coresOfOthers(since));
    return again.map((each) => ({ ...each, text: `${each.text}\n${words}` }));
  });
}

/** Arguments of vitest by which it runs those unit tests alone that have failed, or have the same title (others rest on the tests before them); none where an error was outside all tests. */
function onlyTitles(failures) {
  if (failures.some(({ title }) => title === undefined)) return [];
  return ["-t", failures.map(({ title }) => `${RegExp.escape(title)}$`).join("|")];
}

/** Adds what passed and was skipped in a workspace. Returns what failed: a name, the text to be told, and the file in which it was, if any. */
function addReport(folder, report) {
  if (!existsSync(report))
    return [{ folder, name: folder, text: `${folder} wrote no report (did its test run start at all?)` }];
  const result = JSON.parse(readFileSync(report, "utf8"));
  total.passed += result.numPassedTests;
  total.skipped += result.numPendingTests + result.numTodoTests;
  console.log(
    `${folder}: ${result.numPassedTests} passed, ${result.numFailedTests} failed, ${result.numPendingTests} skipped`,
  );
  return failuresIn(root, folder, report);
}

/** The folders of the workspaces that turbo would run a task in. */
function workspacesWith(task, filtered) {
  const { stdout } = spawnSync("turbo", ["run", task, "--dry=json", ...filtered], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: OUTPUT_MAX,
  });
  return JSON.parse(stdout)
    .tasks.filter((each) => each.task === task && each.command !== "<NONEXISTENT>")
    .map(({ directory }) => directory);
}

function run(command, args) {
  return spawnSync(command, args, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
}
