// Checks and tests of native/.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { readCargoTests } from "./cargo-output.mjs";
import { makeQuinnProto } from "./changed-crate/make.mjs";
import { coresOfOthers, isJudgedAgain, secondTry, tellJudgedAgain } from "./others-load.mjs";
import { WHAT_TO_INSTALL, cargoVersion } from "./rust.mjs";
import { addPassedAgain, fail, total } from "./test-sums.mjs";

const native = join(dirname(dirname(fileURLToPath(import.meta.url))), "native");
/** Clippy and the tests share one profile: clippy has macros and the C of dependencies from what tests are made of. */
const CARGO_TEST = ["test", "--profile", "checks", "--workspace", "--locked"];
const CLIPPY = ["clippy", "--profile", "checks", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
/** The lints of native/Cargo.toml that compilers leave out by themselves. */
const LINTS_OF_OURS = ["-Wclippy::too_many_lines", "-Wmissing_docs", "-Wunreachable_pub"];
/** Bytes that cargo's tests may write. */
const OUTPUT_MAX = 67_108_864;
/** Runs a command that computes and has no time to keep: whoever else wants a core has it. Nothing where there is no `chrt`. */
const GIVING_WAY = spawnSync("chrt", ["--idle", "0", "true"]).status === 0 ? ["chrt", "--idle", "0"] : [];

/**
 * Checks native/: form, clippy, and with cargo-deny licences and known holes. A tool that is missing is said. Builds the tests, too, which a
 * compiler does while others wait; what they do then is timed here and there.
 */
export function runRustChecks() {
  const checks = [
    ["fmt", "rustfmt (Debian 12: rustfmt-web)", ["fmt", "--all", "--check", "--", ...ourFilesInQuinnProto()]],
    ["clippy", "clippy (Debian 12: rust-web-clippy)", CLIPPY],
    ["deny", "cargo-deny", ["deny", "--locked", "check"]],
  ];
  if (cargoVersion() === undefined) {
    total.skipped += checks.length + 1;
    console.log(`left out: checks and tests of native/, which need ${WHAT_TO_INSTALL}`);
    return;
  }
  console.log("running: checks of native/");
  const fault = makeQuinnProto();
  if (fault !== undefined) return fail(`native/: ${fault}`);
  for (const [tool, name, args] of checks) {
    if (spawnSync("cargo", [tool, "--version"], { cwd: native, stdio: "ignore" }).status !== 0) {
      total.skipped += 1;
      console.log(`left out: cargo ${tool}, which needs ${name}`);
    } else if (runCargo(args) === 0) {
      total.passed += 1;
      console.log(`ok: cargo ${tool}`);
    } else {
      fail(`cargo ${tool}`);
    }
  }
  lintOurFilesInQuinnProto();
  // Whether they build is told by their run.
  runCargo([...CARGO_TEST, "--no-run"]);
}

/** Runs all tests of native/, and adds what came of them to the sums. */
export function runRustTests() {
  if (cargoVersion() === undefined) {
    total.skipped += 1;
    return;
  }
  console.log("running: tests of native/");
  const since = Date.now();
  const { status, passed, ignored, failedTests, isCut } = runCargoTest([]);
  total.passed += passed;
  total.skipped += ignored;
  const others = coresOfOthers(since);
  const isUnsteady = failedTests.length > 0 && isJudgedAgain(failedTests.length, others);
  for (const text of isUnsteady ? judgeRustAgain(failedTests, others) : failedTests) fail(`native/: ${text}`);
  if (isCut || (status !== 0 && failedTests.length === 0))
    fail(`cargo test ended with ${status}: a program has not run all of its tests to their ends, or was not built`);
}

/** @param args for the tests' own programs. Returns the exit code, and what the tests came to. */
function runCargoTest(args) {
  const { stdout, status } = spawnSync("cargo", [...CARGO_TEST, "--no-fail-fast", "--", ...args], {
    cwd: native,
    encoding: "utf8",
    maxBuffer: OUTPUT_MAX,
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.stdout.write(stdout);
  return { status, ...readCargoTests(stdout) };
}

/** Runs tests of native/ that have failed once more. Returns those that fail again, each with words on the machine. */
function judgeRustAgain(failed, others) {
  tellJudgedAgain(failed, others);
  const since = Date.now();
  const again = new Set(runCargoTest(["--exact", ...failed]).passedTests);
  // A test that was not run again, or not to its end, has failed as before.
  const stillFailed = failed.filter((name) => !again.has(name));
  addPassedAgain(failed.filter((name) => again.has(name)));
  const words = secondTry(others, coresOfOthers(since));
  return stillFailed.map((name) => `${name}\n${words}`);
}

/** No package that cargo knows has them where they are kept. */
function ourFilesInQuinnProto() {
  const folder = join(native, "quinn-proto", "src");
  return readdirSync(folder, { recursive: true })
    .filter((path) => path.endsWith(".rs"))
    .map((path) => join(folder, path));
}

/**
 * `cargo clippy` looks at no crate outside the workspace: as its compiler, clippy looks at all of quinn-proto, and what it says of our files
 * counts. With a profile of its own cargo has that crate judged anew; the crates below it are those that the run of clippy has made.
 */
function lintOurFilesInQuinnProto() {
  if (spawnSync("clippy-driver", ["--version"]).status !== 0) return;
  const env = { ...process.env, RUSTC_WRAPPER: "clippy-driver", CLIPPY_ARGS: LINTS_OF_OURS.join("__CLIPPY_HACKERY__") };
  const args = ["check", "--profile", "checks", "--package", "quinn-proto", "--locked", "--message-format", "short"];
  const own = ["--config", "profile.checks.package.quinn-proto.codegen-units=1"];
  const [command, ...rest] = [...GIVING_WAY, "cargo", ...args, ...own];
  const { status, stderr } = spawnSync(command, rest, { cwd: native, env, encoding: "utf8", maxBuffer: OUTPUT_MAX });
  const ours = ourFilesInQuinnProto().map((file) => `${join("made", relative(native, file))}:`);
  const found = stderr.split("\n").filter((line) => ours.some((file) => line.startsWith(file)));
  if (status === 0 && found.length === 0) {
    total.passed += 1;
    console.log("ok: clippy on our files in quinn-proto");
  } else {
    console.log(status === 0 ? found.join("\n") : stderr);
    fail("clippy on our files in quinn-proto");
  }
}

/** Runs cargo for something that compiles; returns its exit code. */
function runCargo(args) {
  const [command, ...rest] = [...GIVING_WAY, "cargo", ...args];
  return spawnSync(command, rest, { cwd: native, stdio: ["ignore", "inherit", "inherit"] }).status;
}
