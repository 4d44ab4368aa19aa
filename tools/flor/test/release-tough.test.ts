/**
 * Another client of TUF, the crate `tough`, takes what `flor release` publishes. Its program costs two minutes of CPU time to build, as it brings a
 * cryptographic library in C: so this is a part of `npm run soak`, where cargo is there.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isSoak } from "@florenetes/simkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flor } from "./run-flor.ts";

const crate = join(import.meta.dirname, "../../../packages/releases/test/tough");
const base = mkdtempSync(join(tmpdir(), "florenetes-tough-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const at = (...names: readonly string[]): string => join(base, ...names);
const BUILD_MS = 900_000;
const hasCargo = isSoak && spawnSync("cargo", ["--version"]).status === 0;
const why = isSoak ? "there is no cargo" : "it is a part of npm run soak";

async function run(...args: readonly string[]): Promise<void> {
  const { code, err } = await flor(...args);
  expect(code, err).toBe(0);
}

function tough(root: string): { readonly status: number | null; readonly out: string; readonly err: string } {
  const program = join(at("target"), "debug/florenetes-tough-reader");
  const published = at("repository/published");
  const args = [root, join(published, "metadata"), join(published, "targets")];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

beforeAll(async () => {
  if (!hasCargo) return;
  const env = { ...process.env, CARGO_TARGET_DIR: at("target") };
  const manifest = ["--manifest-path", join(crate, "Cargo.toml")];
  const built = spawnSync("cargo", ["build", "--locked", ...manifest], { env, encoding: "utf8" });
  expect(built.status, built.stderr).toBe(0);
  await run("fabric", "init", "--cluster", "demo", "--operators", "alice,bob,carol", "--out", at("fabric"));
  const keys = ["alice", "bob", "carol"].map((name) => at("fabric", name, "update")).join(",");
  await run("release", "init", at("repository"), "--cluster", "demo", "--keys", keys);
}, BUILD_MS);

test.skipIf(!hasCargo)(
  `tough takes a repository, its next root and its packages${hasCargo ? "" : ` (skipped: ${why})`}`,
  async () => {
    const publish = async (version: string): Promise<void> => {
      rmSync(at("packages"), { recursive: true, force: true });
      mkdirSync(at("packages"));
      for (const name of ["node", "store"])
        writeFileSync(
          at("packages", `florenetes-${name}_${version}_amd64.deb`),
          `!<arch>\ndebian-binary ${name} ${version}`,
        );
      await run("release", "add", at("repository"), "--packages", at("packages"), "--channel", "stable");
      for (const name of ["alice", "carol"])
        await run("release", "sign", at("repository"), "--key", at("fabric", name));
      await run("release", "publish", at("repository"));
    };
    await publish("0.1.0");
    writeFileSync(at("1.root.json"), readFileSync(at("repository/published/metadata/1.root.json")));
    const first = tough(at("1.root.json"));
    expect(first.out.trim().split("\n").toSorted(), first.err).toEqual([
      "florenetes-node_0.1.0_amd64.deb 32",
      "florenetes-store_0.1.0_amd64.deb 33",
    ]);
    await run("release", "renew", at("repository"));
    await publish("0.1.1+dev~2");
    const next = tough(at("1.root.json"));
    expect(next.out, next.err).toContain("florenetes-node_0.1.1+dev~2_amd64.deb");
    expect(next.out).toContain("florenetes-node_0.1.0_amd64.deb");
  },
);
