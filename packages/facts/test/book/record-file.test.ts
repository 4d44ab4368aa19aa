import { spawn } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { isOperatorError } from "@florenetes/operator-text";
import { Random, runs } from "@florenetes/simkit";
import { expect, onTestFinished, test } from "vitest";
import { RecordFile } from "../../src/book/drivers/record-file.ts";
import { CURSORS_MAX } from "../../src/book/limits.ts";
import type { Row } from "../../src/book/book-events.ts";

const owner = { cluster: "demo", node: "alpha" };
const put = (id: string, section: Row["section"] = "public", octets = Buffer.from(id)) =>
  ({ kind: "put", id, section, octets }) as const;

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "flor-records-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "records.db");
}

function open(path: string, as = owner): RecordFile {
  const file = RecordFile.open(path, as);
  onTestFinished(() => file.close());
  return file;
}

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return isOperatorError(error) ? error.code : String(error);
  }
}

test("rows are given back in their order, and one that is put again stands behind all others", () => {
  const path = newPath();
  const file = open(path);
  expect([file.isNew, file.lastSequence, file.rows(0, 10)]).toEqual([true, 0, []]);
  file.write({ rows: [put("a"), put("b", "entry"), put("c")], rootVersion: 3 });
  file.write({ rows: [put("a", "org/acme"), { kind: "drop", id: "c" }], rootVersion: 2 });
  const { database } = file;
  file.close();
  const again = open(path);
  expect([again.isNew, again.database, again.rootVersion, again.lastSequence]).toEqual([false, database, 3, 4]);
  expect(again.rows(0, 10).map(({ sequence, id, section }) => [sequence, id, section])).toEqual([
    [2, "b", "entry"],
    [4, "a", "org/acme"],
  ]);
  expect(Buffer.from(again.rows(2, 1)[0]!.octets).toString()).toBe("a");
  expect([again.idsOf("entry", 0, 9), again.idsOf("entry", 2, 9)]).toEqual([[{ sequence: 2, id: "b" }], []]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("sequences are never given twice, also when the last row has gone", () => {
  const path = newPath();
  const file = open(path);
  file.write({ rows: [put("a"), put("b")] });
  file.write({ rows: [{ kind: "drop", id: "b" }] });
  file.close();
  const again = open(path);
  again.write({ rows: [put("c")] });
  expect(again.rows(1, 9).map(({ sequence }) => sequence)).toEqual([3]);
});

test("cursors are kept for each peer and section, of its last database alone, and not without end", () => {
  const file = open(newPath());
  const cursor = { peer: "b", database: "01", section: "entry", sequence: 7 } as const;
  file.write({ cursors: [cursor, { ...cursor, section: "public", sequence: 8 }] });
  expect([file.cursor("b", "01", "entry"), file.cursor("b", "01", "public")]).toEqual([7, 8]);
  file.write({ cursors: [{ ...cursor, database: "02", sequence: 1 }] });
  expect([file.cursor("b", "01", "entry"), file.cursor("b", "02", "entry"), file.cursor("c", "02", "entry")]).toEqual([
    0, 1, 0,
  ]);
  expect(file.cursors()).toEqual([
    { ...cursor, database: "02", sequence: 1 },
    { ...cursor, section: "public", sequence: 8 },
  ]);
  const many = Array.from({ length: CURSORS_MAX }, (_, at) => ({ ...cursor, peer: `p${at}`, sequence: at + 1 }));
  file.write({ cursors: many });
  expect([file.cursor("b", "02", "entry"), file.cursor("p0", "01", "entry")]).toEqual([0, 1]);
});

test("marks are replaced as a whole", () => {
  const file = open(newPath());
  file.write({
    marks: new Map([
      ["a", "active"],
      ["b", "fallback"],
    ]),
  });
  file.write({ marks: new Map([["b", "active"]]) });
  file.write({ rows: [put("a")] });
  expect(file.marks()).toEqual(new Map([["b", "active"]]));
});

test("a write is whole or not there", () => {
  const file = open(newPath());
  const wrong = { kind: "put", id: "b", section: "public", octets: undefined as unknown as Uint8Array } as const;
  expect(() => file.write({ rows: [put("a"), wrong], rootVersion: 9 })).toThrow();
  expect([file.rows(0, 9), file.rootVersion]).toEqual([[], 0]);
  file.write({ rows: [put("c")] });
  expect(file.rows(0, 9)).toHaveLength(1);
});

test("a copy that is put back is another database: neighbours read it from the start", () => {
  const path = newPath();
  const file = open(path);
  file.write({ rows: [put("a")] });
  file.close();
  copyFileSync(path, `${path}.copy`);
  renameSync(`${path}.copy`, path);
  const again = open(path);
  expect(again.database).not.toBe(file.database);
  expect([again.isNew, again.rows(0, 9).length]).toEqual([false, 1]);
});

test("what an operator has to mend is told with a code", () => {
  const path = newPath();
  const file = open(path);
  expect(codeOf(() => open(path))).toBe("ERR_FACTS_FILE_IN_USE");
  file.close();
  expect(codeOf(() => open(path, { ...owner, node: "beta" }))).toBe("ERR_FACTS_FILE_FOREIGN");
  expect(codeOf(() => open(path, { ...owner, cluster: "other" }))).toBe("ERR_FACTS_FILE_FOREIGN");
  expect(codeOf(() => open(join(path, "x")))).toBe("ERR_FACTS_FILE");
  expect(codeOf(() => open(join(path, "../missing/x")))).toBe("ERR_FACTS_FILE");
  const foreign = newPath();
  const base = new DatabaseSync(foreign);
  base.exec("CREATE TABLE x (y)");
  base.close();
  expect(codeOf(() => open(foreign))).toBe("ERR_FACTS_FILE_FOREIGN");
  const later = new DatabaseSync(path);
  later.exec("PRAGMA user_version = 2");
  later.close();
  expect(codeOf(() => open(path))).toBe("ERR_FACTS_FILE_FOREIGN");
  writeFileSync(path, "no database ".repeat(1_000));
  expect(codeOf(() => open(path))).toBe("ERR_FACTS_FILE_BROKEN");
  // An empty file is what a process leaves that is killed as it makes one.
  writeFileSync(path, "");
  expect(open(path).isNew).toBe(true);
});

test("a damaged file is told", () => {
  const path = newPath();
  const file = open(path);
  file.write({ rows: Array.from({ length: 500 }, (_, at) => put(`r${at}`, "public", Buffer.alloc(500, at))) });
  file.close();
  const octets = readFileSync(path);
  writeFileSync(path, octets.fill(0xff, octets.length / 2));
  expect(codeOf(() => open(path).rows(0, 1_000))).toBe("ERR_FACTS_FILE_BROKEN");
});

const writer = fileURLToPath(new URL("write-until-killed.ts", import.meta.url));

test("killed at any moment, each write is whole, and none that was told is lost", { timeout: 300_000 }, async () => {
  const random = new Random(1);
  const path = newPath();
  for (let life = 0; life < runs(100, 6); life++) {
    const child = spawn(process.execPath, ["--conditions=@florenetes/source", writer, path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let told = "";
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const enough = random.below(40);
    child.stdout.on("data", (text: Buffer) => {
      told += text.toString();
      if (told.split("\n").length > enough) setTimeout(() => child.kill("SIGKILL"), random.below(5));
    });
    await ended;
    expect(child.signalCode).toBe("SIGKILL");
    const file = RecordFile.open(path, owner);
    const rows = file.rows(0, 100_000);
    const groups = new Map<string, number>();
    for (const { id } of rows) groups.set(id.split("/")[0]!, (groups.get(id.split("/")[0]!) ?? 0) + 1);
    // Each write puts three rows of one name, takes the former three away, and moves a cursor to that name.
    expect([...groups.values()]).toEqual(groups.size === 0 ? [] : [3]);
    const last = Number(told.trimEnd().split("\n").at(-1));
    const [name] = [...groups.keys()];
    expect(Number(name ?? 0)).toBeGreaterThanOrEqual(last);
    expect(file.cursor("peer", "00", "entry")).toBe(Number(name ?? 0));
    file.close();
  }
});
