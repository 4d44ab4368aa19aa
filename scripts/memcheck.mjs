// Runs the tests of native/ with AddressSanitizer, which sees each access beyond or after what was allocated, and each leak; and those of
// `io`, which has the system calls, under valgrind, which sees memory that the kernel reads before it is written. The add-on is left out:
// it has one block that is unsafe, and runs in Node only.
//
// The sanitizer is a part of rustc that Rust has not declared stable, so that stable compilers have to be told (RUSTC_BOOTSTRAP). Its
// runtime comes with rustup's compilers and not with Debian's.
//
//   node scripts/memcheck.mjs
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeQuinnProto } from "./changed-crate/make.mjs";
import { endAs, runInForeground } from "./foreground.mjs";

const native = join(dirname(dirname(fileURLToPath(import.meta.url))), "native");
const target = "x86_64-unknown-linux-gnu";

const fault = makeQuinnProto();
if (fault !== undefined) {
  console.log(`left out: the tests of native/: ${fault}`);
} else {
  await runSanitized();
  await runUnderValgrind();
}

async function runSanitized() {
  if (!hasSanitizer())
    return console.log("left out: AddressSanitizer, whose runtime rustup's rustc brings and this one does not");
  // A folder of its own, or each switch between this and a usual build would compile everything anew.
  const folder = join(native, "target", "sanitized");
  const env = { RUSTC_BOOTSTRAP: "1", RUSTFLAGS: "-Zsanitizer=address", CARGO_TARGET_DIR: folder };
  const which = ["--target", target, "--workspace", "--exclude", "florenetes-node", "--lib", "--tests"];
  // The skipped test measures the memory of its process, where the sanitizer keeps for a while what was given back.
  await test([...which, "--", "--skip", "memory_goes_by_what_was_handed_over"], env);
}

async function runUnderValgrind() {
  if (spawnSync("valgrind", ["--version"]).status !== 0) return console.log("left out: valgrind (Debian: `valgrind`)");
  const valgrind = "valgrind --quiet --fair-sched=try --error-exitcode=9 --trace-children=yes";
  // Valgrind has no pidfd_open, by which the end of a partner's process is seen.
  const skipped = ["the_process_that_is_named_is_watched", "the_end_of_a_partners_process_is_told"];
  const skip = skipped.flatMap((name) => ["--skip", name]);
  await test(["-p", "florenetes-io", "--", ...skip], { CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER: valgrind });
}

function hasSanitizer() {
  const { stdout } = spawnSync("rustc", ["--print", "sysroot"], { encoding: "utf8" });
  const libraries = join((stdout ?? "").trim(), "lib", "rustlib", target, "lib");
  try {
    return readdirSync(libraries).some((name) => name.endsWith("_rt.asan.a"));
  } catch {
    return false;
  }
}

async function test(which, env) {
  const args = ["test", "--locked", "--no-fail-fast", ...which];
  const end = await runInForeground("cargo", args, { cwd: native, env: { ...process.env, ...env } });
  if (end.wasSignalled) endAs(end);
  if (end.code !== 0) process.exitCode = 1;
}
