import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { flor } from "./run-flor.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-confirm-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const ca = join(base, "ca");
const folder = join(base, "vertex");
const numbersIn = (of: string): string => readFileSync(join(of, "crl-numbers"), "utf8").replace(/^[0-9a-f]{64} /, "");

beforeAll(async () => {
  await flor("ca", "init", "--cluster", "demo", "--out", ca);
  for (let i = 0; i < 2; i++) await flor("ca", "crl", "--ca", ca);
  await flor("ca", "issue", "vertex", "a", "--ca", ca, "--out", folder);
});

test("a folder that a CA makes has its newest list, and knows it", () => {
  expect(readFileSync(join(folder, "crl.pem"), "utf8")).toBe(readFileSync(join(ca, "crl.pem"), "utf8"));
  expect(numbersIn(folder)).toBe("2\n");
});

test("the operator's word is noted: the number of the list in the folder", async () => {
  writeFileSync(join(folder, "crl-numbers"), "");
  const run = await flor("identity", "confirm-lists", folder, "--number", "2");
  expect(run.code).toBe(0);
  expect(run.out).toMatch(/^list +2 of O=demo, CN=/m);
  expect(numbersIn(folder)).toBe("2\n");
});

test("another number than the operator expects is refused, and nothing is noted", async () => {
  writeFileSync(join(folder, "crl-numbers"), "");
  const run = await flor("identity", "confirm-lists", folder, "--number", "3");
  expect(run).toMatchObject({ code: 2, err: expect.stringContaining("ERR_IDENTITY_LIST_UNCONFIRMED") as string });
  expect(numbersIn(folder)).toBe("");
});

test("without a terminal it says how to answer", async () => {
  const run = await flor("identity", "confirm-lists", folder);
  expect(run).toMatchObject({ code: 2, err: expect.stringContaining("--number") as string });
});

test("a list that is older than a known one cannot be confirmed", async () => {
  await flor("identity", "confirm-lists", folder, "--number", "2");
  const text = readFileSync(join(folder, "crl-numbers"), "utf8");
  writeFileSync(join(folder, "crl-numbers"), text.replace(" 2\n", " 3\n"));
  const run = await flor("identity", "confirm-lists", folder, "--number", "2");
  expect(run).toMatchObject({ code: 2, err: expect.stringContaining("ERR_IDENTITY_LIST_OLDER") as string });
});

test("without a list there is nothing to confirm", async () => {
  const bare = join(base, "bare");
  await flor("ca", "issue", "vertex", "b", "--ca", ca, "--out", bare);
  rmSync(join(bare, "crl.pem"));
  const run = await flor("identity", "confirm-lists", bare, "--number", "2");
  expect(run).toMatchObject({ code: 2, err: expect.stringContaining("ERR_IDENTITY_FILE_MISSING") as string });
});
