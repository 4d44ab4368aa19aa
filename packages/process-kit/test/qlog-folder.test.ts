import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import type { EventFields, Logger } from "../src/logs/logger.ts";
import { checkQlogFolder, findQlogFolder } from "../src/process/qlog-folder.ts";

const parent = mkdtempSync(join(tmpdir(), "florenetes-qlog-"));
afterAll(() => rmSync(parent, { recursive: true }));

const isRoot = process.geteuid!() === 0;
const native = { name: "native" } as const;
const logged: EventFields[] = [];
const tell = (event: EventFields): void => void logged.push(event);
const log: Logger = { debug: tell, info: tell, warn: tell, error: tell, child: () => log };
let folder: string;
let next = 0;

beforeEach(() => {
  folder = join(parent, String(next++));
  logged.length = 0;
});

test.each([{}, { QLOGDIR: "" }])("without the variable there is no folder: %j", (environment) => {
  expect(findQlogFolder(log, native, environment)).toBeUndefined();
  expect(checkQlogFolder(environment)).toEqual({ problems: [], warnings: [] });
  expect(logged).toEqual([]);
});

test("a folder of one's own is taken, and both the log and `check` warn of it", () => {
  mkdirSync(folder, { mode: 0o755 });
  expect(checkQlogFolder({ QLOGDIR: folder })).toMatchObject({
    problems: [],
    warnings: [{ code: "ERR_QLOG_WRITTEN", where: { file: folder } }],
  });
  expect(findQlogFolder(log, native, { QLOGDIR: folder })).toBe(folder);
  expect(logged).toMatchObject([{ code: "QLOG_WRITTEN", folder }]);
});

test("the portable engine says that it has no such logs", () => {
  mkdirSync(folder, { mode: 0o700 });
  expect(findQlogFolder(log, { name: "portable" }, { QLOGDIR: folder })).toBeUndefined();
  expect(logged).toMatchObject([{ code: "QLOG_UNAVAILABLE", folder }]);
});

test.each<[string, () => void, string]>([
  ["a symbolic link", () => symlinkSync(parent, folder), "it is a symbolic link"],
  ["a file", () => writeFileSync(folder, "", { mode: 0o600 }), "it is no folder"],
  ["a folder that its group may write", () => makeOpen(0o770), "others than its owner may write there"],
  ["a folder that others may write", () => makeOpen(0o1703), "others than its owner may write there"],
  ["none", () => undefined, "it may not be written"],
])("refused: %s", (_, make, fault) => {
  make();
  expectRefused(fault);
});

test.skipIf(!isRoot)("refused: a folder of another user", () => {
  mkdirSync(folder, { mode: 0o700 });
  execFileSync("chown", ["65534", folder]);
  expectRefused("it belongs to another user");
});

function expectRefused(fault: string): void {
  const refusal = {
    code: "ERR_QLOG_FOLDER",
    where: { file: folder },
    message: expect.stringContaining(fault) as string,
  };
  expect(() => findQlogFolder(log, native, { QLOGDIR: folder })).toThrow(expect.objectContaining(refusal));
  expect(checkQlogFolder({ QLOGDIR: folder })).toMatchObject({ problems: [refusal], warnings: [] });
  expect(logged).toEqual([]);
}

function makeOpen(mode: number): void {
  mkdirSync(folder);
  chmodSync(folder, mode);
}
