import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { runs } from "@florenetes/simkit";
import { afterAll, describe, expect, test } from "vitest";
import { CA_FILES, createCa, openCa, readCaStatus } from "../src/authority/ca/drivers/ca-folder.ts";
import { loadCredentials } from "../src/drivers/identity-folder.ts";
import { checkRevocationLists } from "../src/revocation/list-file.ts";

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

const worker = new URL("./work-forever.ts", import.meta.url).pathname;

/** A worker tells so many lines for each three identities: it has had two of them once it has told this many. */
const LINES_OF_TWO = 5;

/** Starts two workers together and kills them in the middle of their work, one after the other. Returns the lines in
 *  which they told what they had been handed. */
async function workAndDie(ca: string): Promise<string[]> {
  const workers = [0, 1].map(() => {
    const child = spawn(process.execPath, [worker, ca], { stdio: ["ignore", "pipe", "inherit"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    const lines = (): string[] => Buffer.concat(chunks).toString("utf8").split("\n").slice(0, -1);
    return { child, lines, closed: once(child, "close") };
  });
  for (const { child, lines, closed } of workers) {
    const wished = LINES_OF_TWO + Math.floor(Math.random() * 6);
    await expect.poll(() => lines().length, { timeout: 60_000, interval: 5 }).toBeGreaterThanOrEqual(wished);
    await delay(Math.random() * 20);
    child.kill("SIGKILL");
    await closed;
  }
  return workers.flatMap(({ lines }) => lines());
}

test("a CA whose processes are killed while they issue, revoke and list, two at a time, forgets and repeats nothing", async () => {
  const folder = join(base, "worked");
  const identity = createCa(folder, { cluster: "demo" }).issue({ kind: "user", name: "alice" });
  const handed: string[] = [];
  const rounds = runs(4, 2);
  for (let round = 0; round < rounds; round++) {
    handed.push(...(await workAndDie(folder)));

    // The folder is checked between rounds, too: no later round may mend it.
    const { record } = readCaStatus(folder);
    const { list } = openCa(folder).revoke([{ serial: identity.serial }]);
    expect(list.number).toBeGreaterThan(record.lists.at(-1)?.number ?? 0);
    handed.push(`list ${list.number}`);
  }
  const of = (word: string): string[] =>
    handed.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  expect(of("issued").length).toBeGreaterThan(2 * rounds);

  const text = readFileSync(join(folder, CA_FILES.record), "utf8");
  const serials = [...text.matchAll(/^\{"kind":"issued".*?"serial":"(\w+)".*\}$/gm)].map(([, serial]) => serial!);
  expect(new Set(serials).size).toBe(serials.length);
  expect(new Set(of("issued")).size).toBe(of("issued").length);
  expect(of("issued").filter((serial) => !serials.includes(serial))).toEqual([]);

  const { record, isListThere } = readCaStatus(folder);
  const numbers = record.lists.map(({ number }) => number);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  expect(new Set(of("list")).size).toBe(of("list").length);
  expect(of("list").filter((number) => !numbers.includes(Number(number)))).toEqual([]);

  expect(isListThere).toBe(true);
  const [list] = checkRevocationLists(
    readFileSync(join(folder, CA_FILES.revocationList), "utf8"),
    identity,
    new Date(),
  );
  expect(list!.number).toBe(BigInt(numbers.at(-1)!));
  for (const serial of of("revoked")) expect(list!.serials.has(serial)).toBe(true);
  expect(readdirSync(folder).filter((name) => name.startsWith(".lock-"))).toEqual([]);
}, 60_000);

const isRoot = process.getuid?.() === 0;

/** Mounting needs root. */
describe.skipIf(!isRoot)("on a full disk", () => {
  const disk = join(base, "disk");
  afterAll(() => void spawnSync("umount", [disk]));

  test("a CA says so, hands nothing out, loses nothing, and goes on when there is space again", () => {
    mkdirSync(disk);
    expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]).status).toBe(0);
    const folder = join(disk, "ca");
    const ca = createCa(folder, { cluster: "demo" });
    const handed = [ca.issue({ kind: "user", name: "alice" }).serial];
    ca.revoke([{ serial: handed[0]! }]);
    writeFileSync(join(disk, "filler"), Buffer.alloc(36_864));
    const full: unknown = expect.objectContaining({ code: "ERR_IDENTITY_WRITE_FAILED" });
    expect(() => {
      for (let count = 0; count < 1000; count++) handed.push(ca.issue({ kind: "user", name: "alice" }).serial);
    }).toThrow(full);
    const before = readFileSync(join(folder, CA_FILES.record), "utf8");
    expect(() => ca.revoke(handed.map((serial) => ({ serial })))).toThrow(full);
    expect(() => openCa(folder).issueInto(join(disk, "out"), { kind: "user", name: "bob" })).toThrow(full);
    expect(readFileSync(join(folder, CA_FILES.record), "utf8")).toBe(before);
    expect(readCaStatus(folder)).toMatchObject({ isListThere: true });
    expect([...readCaStatus(folder).record.certificates.keys()]).toEqual(handed);

    rmSync(join(disk, "filler"));
    expect(ca.revoke([{ serial: handed[1]! }]).list).toMatchObject({ number: 2, entries: 2 });
  });
});
