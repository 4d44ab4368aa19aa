import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { CA_FILES, createCa } from "../src/authority/drivers/ca-folder.ts";
import { loadCredentials } from "../src/drivers/identity-folder.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-crash-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const program = new URL("./issue-forever.ts", import.meta.url).pathname;

/** Kills a process in the middle of its work. What a power cut adds to that is covered by the flushes, not by this test. */
test.each([0, 1, 2])("a killed CA leaves whole identities, each of them recorded: %d", async (round) => {
  const ca = join(base, `ca-${round}`);
  const out = join(base, `out-${round}`);
  createCa(ca, { cluster: "demo" });
  mkdirSync(out);
  const child = spawn(process.execPath, [program, ca, out], { stdio: "ignore" });
  const exit = once(child, "exit");
  for (let waits = 0; readdirSync(out).length < 3 && waits < 500; waits++) await delay(10);
  await delay(round * 7);
  child.kill("SIGKILL");
  await exit;

  const made = readdirSync(out).filter((name) => !name.startsWith("."));
  expect(made.length).toBeGreaterThan(1);
  const record = readFileSync(join(ca, CA_FILES.record), "utf8");
  for (const name of made) expect(record).toContain(`"${loadCredentials(join(out, name), { name }).fingerprint}"`);
  const left = readdirSync(out).length - made.length;
  expect(left).toBeLessThanOrEqual(1);
  expect(record.split("\n").length - 1).toBeLessThanOrEqual(made.length + 1);
});
