import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@florenetes/process-kit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Audit } from "../../src/api/audit.ts";
import { AUDIT_ENTRIES_MAX } from "../../src/api/limits.ts";
import { AuditFile } from "../../src/drivers/audit-file.ts";
import { AUDIT_RETRY_MS } from "../../src/drivers/limits.ts";

const ENTRY = {
  at: "2026-01-01T00:00:00.000Z",
  replica: "c",
  principal: "user/alice",
  method: "GET",
  path: "/v1/nodes",
};
const READ = { ...ENTRY, status: 200, code: null };

let state: string;
let path: string;
let logged: string[];
const clock = { now: 0 };
const files: AuditFile[] = [];

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "audit-file-"));
  path = join(state, "audit.jsonl");
  logged = [];
});
afterEach(() => {
  for (const file of files.splice(0)) file[Symbol.dispose]();
  rmSync(state, { recursive: true });
});

function open(): { readonly file: AuditFile; readonly audit: Audit } {
  const note = ({ code }: { readonly code: string }): void => void logged.push(code);
  const file = new AuditFile(state, { info: note, warn: note, error: note } as unknown as Logger, () => clock.now);
  files.push(file);
  return { file, audit: new Audit(file) };
}

const lines = (): readonly string[] => readFileSync(path, "utf8").trimEnd().split("\n");

test("entries outlive the process, with their numbers, and the id of the audit", () => {
  const first = open();
  first.audit.add(READ);
  const begun = first.audit.begin({ ...ENTRY, method: "POST" });
  first.audit.end(begun, 201, null);
  const crashed = first.audit.begin({ ...ENTRY, method: "POST" });
  const { audit, file } = open();
  expect(file.id).toBe(first.file.id);
  expect(audit.entries).toEqual([crashed, { ...begun, status: 201 }, { number: 1, ...READ }]);
  expect(audit.add(READ).number).toBe(4);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(logged).toEqual([]);
});

test("the file is made anew beside the entries that come, once it has twice as many lines as are remembered", async () => {
  const { audit } = open();
  for (let each = 0; each < 2 * AUDIT_ENTRIES_MAX; each++) audit.add(READ);
  expect(lines()).toHaveLength(2 * AUDIT_ENTRIES_MAX + 1);
  let longest = lines().length;
  await vi.waitFor(
    () => {
      audit.end(audit.begin({ ...ENTRY, method: "POST" }), 200, null);
      longest = Math.max(longest, lines().length);
      expect(lines().length).toBeLessThan(AUDIT_ENTRIES_MAX + 4_000);
    },
    { timeout: 30_000, interval: 1 },
  );
  expect(longest).toBeLessThan(3 * AUDIT_ENTRIES_MAX);
  audit.add(READ);
  expect(open().audit.entries).toEqual(audit.entries);
  expect(readdirSync(state)).toEqual(["audit.jsonl"]);
  expect(logged).toEqual([]);
});

test("a file that is being made anew is given up where the old one goes, or the process ends", () => {
  const { audit, file } = open();
  for (let each = 0; each < 2 * AUDIT_ENTRIES_MAX + 10; each++) audit.add(READ);
  expect(readdirSync(state)).toContain("audit.jsonl.next");
  rmSync(path);
  audit.add(READ);
  expect(readdirSync(state)).toEqual(["audit.jsonl"]);
  expect(open().audit.entries).toEqual(audit.entries);
  for (let each = 0; each < AUDIT_ENTRIES_MAX + 10; each++) audit.add(READ);
  files.splice(files.indexOf(file), 1);
  file[Symbol.dispose]();
  expect(readdirSync(state)).toEqual(["audit.jsonl"]);
});

test("a file that somebody empties, or writes into, is made anew with all that is remembered", () => {
  const { audit } = open();
  audit.add(READ);
  for (const spoil of [() => truncateSync(path), () => truncateSync(path, 40), () => appendFileSync(path, "more")]) {
    spoil();
    audit.add(READ);
    expect(open().audit.entries).toEqual(audit.entries);
  }
  expect(audit.entries).toHaveLength(4);
  expect(logged).toEqual([]);
});

test("entries are read where the first line is lacking, into another audit", () => {
  const { audit, file } = open();
  for (let each = 0; each < 3; each++) audit.add(READ);
  writeFileSync(path, `${lines().slice(2).join("\n")}\n`);
  const again = open();
  expect(logged).toEqual(["AUDIT_DAMAGED"]);
  expect(again.audit.entries).toEqual(audit.entries.slice(0, 2));
  expect(again.file.id).not.toBe(file.id);
  again.audit.add(READ);
  expect(open().file.id).toBe(again.file.id);
  expect(logged).toEqual(["AUDIT_DAMAGED"]);
});

test("a file that cannot be read for the moment stays as it is, and nothing is changed until it can", () => {
  mkdirSync(path);
  const { audit, file } = open();
  expect(file.status).toEqual({ lost: 0, fault: "EISDIR" });
  audit.add(READ);
  clock.now += AUDIT_RETRY_MS;
  expect(() => audit.begin({ ...ENTRY, method: "POST" })).toThrow(
    expect.objectContaining({ code: "ERR_CONTROL_AUDIT" }),
  );
  expect(file.status).toEqual({ lost: 1, fault: "EISDIR" });
  expect(readdirSync(state)).toEqual(["audit.jsonl"]);
  expect(logged).toEqual(["AUDIT_LOST"]);
});

test("a file that somebody has moved or removed is made anew, with all that is remembered", () => {
  const { audit } = open();
  audit.add(READ);
  renameSync(path, join(state, "elsewhere"));
  audit.add(READ);
  rmSync(path);
  audit.add(READ);
  expect(open().audit.entries).toEqual(audit.entries);
  expect(audit.entries).toHaveLength(3);
});

test("lines that are damaged are passed over and said; half a line at the end takes none behind it", () => {
  const { audit } = open();
  audit.add(READ);
  appendFileSync(path, 'nonsense\n{"number":2}\n{"number":3,"at"');
  const again = open();
  expect(logged).toEqual(["AUDIT_DAMAGED"]);
  expect(again.audit.entries).toEqual(audit.entries);
  again.audit.add(READ);
  expect(open().audit.entries).toHaveLength(2);
  // The damage is told once.
  expect(logged).toEqual(["AUDIT_DAMAGED"]);
});

test("a file that is no audit is left beside the new one, which has another id", () => {
  const { file } = open();
  writeFileSync(path, "no audit\n");
  const again = open();
  expect(logged).toEqual(["AUDIT_DAMAGED"]);
  expect(again.file.id).not.toBe(file.id);
  expect(readFileSync(`${path}.damaged`, "utf8")).toBe("no audit\n");
  again.audit.add(READ);
  expect(open().audit.entries).toHaveLength(1);
});

test("a disk that is full loses reads, which are counted, and refuses changes; later it is tried again", () => {
  const { audit, file } = open();
  audit.add(READ);
  rmSync(state, { recursive: true });
  writeFileSync(state, "no folder");
  audit.add(READ);
  audit.add(READ);
  expect(file.status).toEqual({ lost: 2, fault: "ENOTDIR" });
  expect(() => audit.begin({ ...ENTRY, method: "POST" })).toThrow(
    expect.objectContaining({ code: "ERR_CONTROL_AUDIT" }),
  );
  expect(logged).toEqual(["AUDIT_LOST"]);
  rmSync(state);
  state = mkdtempSync(join(tmpdir(), "audit-file-"));
  symlinkSync(state, path.slice(0, -"/audit.jsonl".length));
  // Reads do not ask the disk again so soon, changes do.
  audit.add(READ);
  expect(file.status.fault).toBe("ENOTDIR");
  clock.now += AUDIT_RETRY_MS;
  audit.add(READ);
  expect(file.status).toEqual({ lost: 3, fault: null });
  expect(logged).toEqual(["AUDIT_LOST", "AUDIT_WRITTEN"]);
  expect(open().audit.entries).toEqual(audit.entries);
  rmSync(path.slice(0, -"/audit.jsonl".length));
});
