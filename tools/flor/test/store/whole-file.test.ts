import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { writeWhole } from "../../src/store/whole-file.ts";

const folder = mkdtempSync(join(tmpdir(), "florenetes-whole-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a piece, says so, and waits for another one until it is ended. */
const PROGRAM = `
import { writeWhole } from ${JSON.stringify(join(import.meta.dirname, "../../src/store/whole-file.ts"))};
async function* endless() {
  yield Buffer.from("a part");
  process.stdout.write("written");
  await new Promise((done) => setTimeout(done, 600_000));
}
await writeWhole(process.argv[1], endless());
`;

test.each(["SIGINT", "SIGTERM"] as const)("%s leaves no part of a file behind", async (signal) => {
  const words = ["--conditions=@florenetes/source", "--input-type=module", "-e", PROGRAM, join(folder, "report.pdf")];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit");
  await once(child.stdout, "data");
  expect(readdirSync(folder)).toEqual([expect.stringMatching(/^report\.pdf\.part-/)]);
  child.kill(signal);
  expect(await ended).toEqual([null, signal]);
  expect(readdirSync(folder)).toEqual([]);
});

test("a file that is written whole leaves no listener behind", async () => {
  const before = process.listenerCount("SIGINT");
  async function* octets(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("all");
  }
  await writeWhole(join(folder, "all.txt"), octets());
  expect(process.listenerCount("SIGINT")).toBe(before);
  expect(readdirSync(folder)).toEqual(["all.txt"]);
});
