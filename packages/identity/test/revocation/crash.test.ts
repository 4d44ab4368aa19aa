import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { KeptLists } from "../../src/revocation/drivers/kept-lists.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-kept-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const program = new URL("./keep-forever.ts", import.meta.url).pathname;

/** Kills a process while it writes. What a power cut adds to that is covered by the flushes, not by this test. */
test.each([0, 1, 2])("a killed process leaves the newest list that it kept, whole: %d", async (round) => {
  const folder = join(base, String(round));
  const child = spawn(process.execPath, [program, folder], { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  let told = "";
  child.stdout.on("data", (text: Buffer) => (told += text.toString()));
  await expect.poll(() => told.split("\n").length, { timeout: 60_000, interval: 5 }).toBeGreaterThan(5);
  await delay(round * 3);
  child.kill("SIGKILL");
  await exit;
  const last = BigInt(told.split("\n").at(-2)!);
  const files = await new KeptLists(folder).read();
  expect(files.length).toBeGreaterThan(0);
  expect(files.length).toBeLessThanOrEqual(2);
  for (const { text } of files) expect(text).toBeDefined();
  expect(files.some(({ number }) => number >= last)).toBe(true);
});
