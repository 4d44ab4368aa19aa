/** The program as a user starts it: its exit codes, and the files that it leaves behind. */
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const root = fileURLToPath(new URL("../../../", import.meta.url));
const FAKE = "python3 -B test-e2e/src/fake-link-vertex/fake_link_vertex.py";

/** Runs the kit with a temporary folder of its own. */
function kit(...args: readonly string[]): { code: number | null; stdout: string; stderr: string; folder: string } {
  const folder = mkdtempSync(join(tmpdir(), "kit-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const env = { ...process.env, INIT_CWD: root, TMPDIR: folder };
  const argv = ["--conditions=@florenetes/source", main, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: "utf8", env });
  return { code: status, stdout, stderr, folder };
}

test("0 when what was looked at is kept; nothing is left behind", () => {
  const { code, stdout, stderr, folder } = kit(FAKE, "--only", "PA-3", "--benches", "1");
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("PA-3   passed     an Attach is answered");
  expect(stdout).toContain("1 passed, 0 failed, 0 not judged");
  expect(globSync("vertex-kit-*", { cwd: folder })).toEqual([]);
});

test("1 when a requirement is not kept; reports for machines", () => {
  const report = join(mkdtempSync(join(tmpdir(), "kit-report-")), "kit.xml");
  onTestFinished(() => rmSync(join(report, ".."), { recursive: true, force: true }));
  const mutant = `python3 -B tools/vertex-kit/test/mutants/mutant.py sets_flags`;
  const { code, stdout } = kit(mutant, "--only", "FI-2", "--json", "--junit", report);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ outcomes: [{ requirement: "FI-2", verdict: "failed" }], figures: {} });
  expect(readFileSync(report, "utf8")).toContain('failures="1"');
});

test.each([[[]], [["x", "--benches", "0"]], [["x", "--only", "(("]], [["x", "--nonsense"]], [["x", "--rate", "fast"]]])(
  "2 for %j",
  (args) => {
    expect(kit(...args).code).toBe(2);
  },
);
