// Shows that native/vendor/quinn-proto is the published crate with native/patches applied, and nothing else.
// Exits with 0 when it is, 1 when it is not, and 2 when the crate cannot be had.
//
//   node scripts/vendored.mjs
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const CRATE = "quinn-proto";
const CANNOT_CHECK = 2;
/** Files of a published crate that cargo made for itself. */
const CARGO_OWN = new Set([".cargo-ok", ".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml.orig"]);

const native = join(dirname(dirname(fileURLToPath(import.meta.url))), "native");
const vendored = join(native, "vendor", CRATE);
const version = /^version = "(.*)"$/m.exec(readFileSync(join(vendored, "Cargo.toml"), "utf8"))[1];
const work = mkdtempSync(join(tmpdir(), "florenetes-vendored-"));
try {
  process.exitCode = check();
} finally {
  rmSync(work, { recursive: true, force: true });
}

function check() {
  const published = findPublished();
  if (published === undefined) {
    console.log(`cargo cannot get ${CRATE} ${version}: what is vendored was not checked`);
    return CANNOT_CHECK;
  }
  const expected = join(work, "expected");
  cpSync(published, expected, { recursive: true });
  for (const patch of readdirSync(join(native, "patches")).sort()) {
    const { status, stderr } = run("git", ["apply", join(native, "patches", patch)], expected);
    if (status !== 0) {
      console.log(`${patch} does not apply: ${stderr}`);
      return 1;
    }
  }
  const differing = [...new Set([...listFiles(expected), ...listFiles(vendored)])].filter(
    (file) => readIfThere(join(expected, file)) !== readIfThere(join(vendored, file)),
  );
  for (const file of differing) console.log(`${file} is not what the published crate and the patches give`);
  return differing.length === 0 ? 0 : 1;
}

/** Has cargo get the crate as it was published: for a package that the workspace's replacement does not reach. */
function findPublished() {
  const folder = join(work, "asker");
  mkdirSync(join(folder, "src"), { recursive: true });
  writeFileSync(join(folder, "src", "lib.rs"), "");
  writeFileSync(
    join(folder, "Cargo.toml"),
    `[package]\nname = "asker"\nversion = "0.0.0"\nedition = "2024"\n\n[dependencies]\n${CRATE} = { version = "=${version}", default-features = false }\n`,
  );
  const { status, stdout } = run("cargo", ["metadata", "--format-version", "1"], folder);
  if (status !== 0) return undefined;
  const found = JSON.parse(stdout).packages.find(({ name }) => name === CRATE);
  return dirname(found.manifest_path);
}

function listFiles(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !CARGO_OWN.has(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)));
}

function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function run(command, args, cwd) {
  return spawnSync(command, args, { cwd, encoding: "utf8", maxBuffer: 67_108_864, stdio: ["ignore", "pipe", "pipe"] });
}
