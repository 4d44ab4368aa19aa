import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { runs } from "@florenetes/simkit";
import { afterAll, describe, expect, test } from "vitest";
import { openSqliteStore } from "../../src/log/drivers/sqlite-store.ts";
import { entriesAfter, originOf, readEntry } from "../../src/log/entry.ts";
import { LogError } from "../../src/log/errors.ts";
import type { LogStore } from "../../src/log/store.ts";
import { fill, readAll, recordsOf, storeConformance } from "./conformance.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-log-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const open = (file: string, cluster = "demo", name = "main"): LogStore =>
  openSqliteStore({ path: join(base, file), cluster, name });

/** The code that opening a file is refused with. */
function refusal(file: string, cluster?: string, name?: string): unknown {
  try {
    open(file, cluster, name).close();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(LogError);
    return (error as LogError).code;
  }
}

describe("a file of SQLite keeps the contract", () => {
  storeConformance(async (name) => open(join("conformance", `${name}.sqlite`), "demo", name));
});

test("folder and file are the owner's alone", async () => {
  const store = open("own/log.sqlite");
  await fill(store, recordsOf(1));
  const mode = (file: string): number => statSync(join(base, file)).mode & 0o777;
  expect(mode("own")).toBe(0o700);
  for (const file of ["log.sqlite", "log.sqlite-wal", "log.sqlite-shm"]) expect(mode(`own/${file}`)).toBe(0o600);
  store.close();
});

test("a file that holds something else is refused, and stays as it is", () => {
  open("main.sqlite").close();
  expect(refusal("main.sqlite", "demo", "next")).toBe("ERR_LOG_STORE_FOREIGN");
  expect(refusal("main.sqlite", "other")).toBe("ERR_LOG_STORE_FOREIGN");
  expect(refusal("main.sqlite")).toBe(undefined);

  const other = new DatabaseSync(join(base, "tables.sqlite"));
  other.exec("CREATE TABLE log (id INTEGER)");
  other.close();
  expect(refusal("tables.sqlite")).toBe("ERR_LOG_STORE_FOREIGN");

  const later = new DatabaseSync(join(base, "main.sqlite"));
  later.exec("PRAGMA user_version = 2");
  later.close();
  expect(refusal("main.sqlite")).toBe("ERR_LOG_STORE_FOREIGN");

  writeFileSync(join(base, "text.sqlite"), "no database\n".repeat(1_000));
  expect(refusal("text.sqlite")).toBe("ERR_LOG_STORE_BROKEN");

  mkdirSync(join(base, "folder.sqlite"));
  expect(refusal("folder.sqlite")).toBe("ERR_LOG_STORE_SYSTEM");
  expect(refusal("text.sqlite/log.sqlite")).toBe("ERR_LOG_STORE_SYSTEM");
});

test("a damaged file is told", async () => {
  const store = open("damaged.sqlite");
  await fill(store, recordsOf(60, "large", 10_000), 60);
  store.close();
  const path = join(base, "damaged.sqlite");
  const { size } = statSync(path);
  // All pages but the first one.
  spawnSync("dd", ["if=/dev/urandom", `of=${path}`, "bs=4096", "seek=1", `count=${size / 4096 - 1}`, "conv=notrunc"]);
  const code = refusal("damaged.sqlite");
  expect(code).toBe("ERR_LOG_STORE_BROKEN");
});

/** Columns that whoever edits a file may have, of any type. */
const EDITED = ["zeroblob(32), NULL", "NULL, zeroblob(50)", "7, 7", "'text', 'text'", "1.5, zeroblob(50)"];

test.each([...EDITED, "9e999, -9e999"])("columns of another type are damage: %s", async (values) => {
  const file = `types-${[...EDITED].indexOf(values)}.sqlite`;
  open(file).close();
  const edited = new DatabaseSync(join(base, file));
  edited.exec("DROP TABLE entries; CREATE TABLE entries (entry INTEGER PRIMARY KEY, hash, octets)");
  edited.exec(`DROP TABLE posts; CREATE TABLE posts (signer PRIMARY KEY, octets)`);
  edited.exec(`INSERT INTO entries VALUES (1, ${values})`);
  edited.exec("INSERT INTO posts VALUES (zeroblob(32), 'text')");
  edited.close();
  const store = open(file);
  const outcomes = await Promise.allSettled([
    store.head(),
    store.read(1, 10),
    store.append(originOf("demo", "main"), entriesAfter(originOf("demo", "main"), recordsOf(1))),
    store.posts(["00".repeat(32)]),
  ]);
  store.close();
  const codes = outcomes.map((each) => (each.status === "fulfilled" ? "" : (each.reason as LogError).code));
  expect(codes).toContain("ERR_LOG_STORE_BROKEN");
  expect(codes.filter((code) => code !== "" && code !== "ERR_LOG_STORE_BROKEN")).toEqual([]);
});

test("an index that no number can hold, and an origin of another type, are damage", async () => {
  const store = open("numbers.sqlite");
  const edited = new DatabaseSync(join(base, "numbers.sqlite"));
  edited.exec("INSERT INTO entries VALUES (-9223372036854775808, zeroblob(32), zeroblob(50))");
  await expect(store.head()).rejects.toMatchObject({ code: "ERR_LOG_STORE_BROKEN" });
  store.close();
  for (const row of ["NULL, zeroblob(16)", "7, zeroblob(16)"]) {
    edited.exec(`DROP TABLE log; CREATE TABLE log (origin, id); INSERT INTO log VALUES (${row})`);
    expect(refusal("numbers.sqlite")).toBe("ERR_LOG_STORE_BROKEN");
  }
  edited.close();
});

test("a writer that holds the file for long is told", { timeout: 20_000 }, async () => {
  const store = open("busy.sqlite");
  const other = new DatabaseSync(join(base, "busy.sqlite"));
  other.exec("BEGIN IMMEDIATE");
  const { head } = await store.head();
  await expect(store.append(head, entriesAfter(head, recordsOf(1)))).rejects.toMatchObject({
    code: "ERR_LOG_STORE_BUSY",
  });
  // Reads go on meanwhile.
  expect(await readAll(store)).toEqual([]);
  other.exec("ROLLBACK");
  other.close();
  await fill(store, recordsOf(1));
  store.close();
});

/** Whether strace can kill what it looks at: a container may forbid it. */
const canInject = spawnSync("strace", ["-f", "-e", "inject=getppid:signal=SIGKILL", "true"]).status === 0;
if (!canInject) process.stderr.write("left out: a log killed at every step of an append (not installed: strace)\n");
const appender = new URL("./append-and-tell.ts", import.meta.url).pathname;
/** Calls that change files, in the order in which a process makes them. */
const WRITES = "pwrite64,fdatasync,fsync,ftruncate,unlink";

test.skipIf(!canInject)("each append waits for the disk", () => {
  const trace = join(base, "trace");
  const traced = ["-f", "-qq", "-o", trace, "-e", "trace=write,fdatasync,fsync"];
  const program = [process.execPath, "--conditions=@florenetes/source", appender, join(base, "durable.sqlite")];
  expect(spawnSync("strace", [...traced, ...program]).status).toBe(0);
  const calls = readFileSync(trace, "utf8").split("\n");
  const at = (word: string): number => calls.findIndex((line) => line.includes(`write(1, "${word} done`));
  const between = calls.slice(at("first"), at("second"));
  expect(between.length).toBeGreaterThan(1);
  expect(between.join("\n")).toContain("sync(");
});

describe.skipIf(!canInject)("killed at every step of an append", () => {
  test(
    "what was answered is there, the rest is there whole or not at all, and the log goes on",
    { timeout: 240_000 },
    async () => {
      const first = open("killed.sqlite");
      const [begun] = await fill(first, recordsOf(1, "begun"));
      first.close();
      let step = 1;
      for (let isKilled = true; isKilled; step += runs(1, 3)) {
        for (const end of ["", "-wal", "-shm"]) {
          const from = join(base, `killed.sqlite${end}`);
          if (existsSync(from)) cpSync(from, join(base, `step-${step}.sqlite${end}`));
        }
        const path = join(base, `step-${step}.sqlite`);
        const inject = [
          "-f",
          "-qq",
          "-o",
          "/dev/null",
          "-e",
          `trace=${WRITES}`,
          "-e",
          `inject=${WRITES}:signal=SIGKILL:when=${step}`,
        ];
        const child = spawn("strace", [...inject, process.execPath, "--conditions=@florenetes/source", appender, path]);
        let told = "";
        child.stdout.on("data", (chunk: Buffer) => (told += chunk.toString()));
        const [, signal] = (await once(child, "close")) as [number | null, string | null];
        isKilled = signal !== null || !told.includes("closed");

        const store = open(`step-${step}.sqlite`);
        const entries = (await readAll(store)).map((octets) => readEntry(octets)!);
        const { head } = await store.head();
        // The program appends three entries, and then two.
        expect([1, 4, 6]).toContain(entries.length);
        if (told.includes("first done")) expect(entries.length).toBeGreaterThanOrEqual(4);
        if (told.includes("second done")) expect(entries.length).toBe(6);
        expect(entries[0]!.hash).toBe(begun!.hash);
        expect(head).toEqual({ index: entries.length, hash: entries.at(-1)!.hash });
        await fill(store, recordsOf(1, "after"));
        store.close();
      }
      // The log and its journal are written in several steps.
      expect(step).toBeGreaterThan(5);
    },
  );
});

const isRoot = process.getuid?.() === 0;

/** Mounting needs root. */
describe.skipIf(!isRoot)("on a full disk", () => {
  const disk = join(base, "disk");
  afterAll(() => void spawnSync("umount", [disk]));

  test("an append says so, nothing is lost, reads go on, and so do appends when there is space again", async () => {
    mkdirSync(disk);
    expect(spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", disk]).status).toBe(0);
    const store = openSqliteStore({ path: join(disk, "log.sqlite"), cluster: "demo", name: "main" });
    await fill(store, recordsOf(3));
    writeFileSync(join(disk, "filler"), Buffer.alloc(1_048_576));
    let appended = 3;
    const fillUp = async (): Promise<void> => {
      for (let count = 0; count < 100; count++) {
        await fill(store, recordsOf(1, `large ${count}`, 60_000));
        appended++;
      }
    };
    await expect(fillUp()).rejects.toMatchObject({ code: "ERR_LOG_STORE_FULL" });
    expect(await readAll(store)).toHaveLength(appended);
    expect((await store.head()).head.index).toBe(appended);

    rmSync(join(disk, "filler"));
    await fill(store, recordsOf(3, "small"));
    store.close();
    const again = openSqliteStore({ path: join(disk, "log.sqlite"), cluster: "demo", name: "main" });
    expect(await readAll(again)).toHaveLength(appended + 3);
    again.close();
  });
});

test.skipIf(isRoot)("a folder that is closed to us", () => {
  mkdirSync(join(base, "closed"));
  chmodSync(join(base, "closed"), 0o500);
  expect(refusal("closed/log.sqlite")).toBe("ERR_LOG_STORE_SYSTEM");
});

test("logs of one name in two clusters share no origin", () => {
  const origins = [originOf("demo", "main"), originOf("demo", "next"), originOf("demom", "ain")];
  expect(new Set(origins.map(({ hash }) => hash)).size).toBe(3);
});
