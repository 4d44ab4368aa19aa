import { spawnSync } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { bundled } from "./bundled.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-umask-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Runs flor from a shell whose umask takes nothing away. */
function florWithoutUmask(...args: readonly string[]): void {
  const command = 'umask 000; exec "$@"';
  const node = [process.execPath, bundled("flor")];
  const { status, stderr } = spawnSync("sh", ["-c", command, "sh", ...node, ...args], { cwd: base, encoding: "utf8" });
  expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
}

test("what flor makes is writable by nobody else, whatever the umask", () => {
  const mesh = "cluster: demo\nnodes: { a: {}, b: { address: 192.0.2.1 } }\nlinks: [{ between: [a, b] }]\n";
  writeFileSync(join(base, "mesh.yaml"), mesh, { mode: 0o600 });
  florWithoutUmask("ca", "init", "--cluster", "demo", "--out", "deep/down/ca");
  florWithoutUmask("ca", "issue", "vertex", "a", "--ca", "deep/down/ca", "--out", "nodes/a/identity/vertex");
  florWithoutUmask("ca", "revoke", "vertex/a", "--ca", "deep/down/ca");
  florWithoutUmask("mesh", "render", "mesh.yaml", "--out", "nodes");
  const made = readdirSync(base, { recursive: true, encoding: "utf8" });
  expect(made).toEqual(expect.arrayContaining(["deep", "deep/down/ca/ca-key.pem", "nodes/b/link-flor.yaml"]));
  const exposed = made.filter((path) => (lstatSync(join(base, path)).mode & 0o022) !== 0);
  expect(exposed).toEqual([]);
});
