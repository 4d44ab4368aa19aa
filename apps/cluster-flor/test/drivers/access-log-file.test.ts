import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EventFields } from "@florenetes/process-kit";
import { afterAll, expect, test, vi } from "vitest";
import { AccessLogFile, type AccessFiles } from "../../src/drivers/access-log-file.ts";
import { ACCESS_BACKLOG_SIZE_MAX } from "../../src/drivers/limits.ts";
import type { AccessRecord } from "../../src/transport/access-records.ts";
import { accessRecord } from "./access-records.ts";

/** A second, which is the patience of `vi.waitFor` itself, is short on a busy machine. */
const PATIENCE = { timeout: 60_000 };

const folder = mkdtempSync(join(tmpdir(), "florenetes-access-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const streamsIn = (text: string): AccessRecord["stream"][] =>
  text
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => (JSON.parse(line) as AccessRecord).stream);

function noting(): { readonly codes: string[]; readonly log: Record<"info" | "warn", (event: EventFields) => void> } {
  const codes: string[] = [];
  const note = ({ code }: EventFields): void => void codes.push(code);
  return { codes, log: { info: note, warn: note } };
}

test("records are lines of a file that only its group may read, and follow it when it is reopened", async () => {
  const path = join(folder, "access.log");
  const { codes, log } = noting();
  await using file = new AccessLogFile(path, log);
  file.write(accessRecord(4));
  await vi.waitFor(() => expect(file.status()).toEqual({ file: path, records: 1, lost: 0, problem: "" }), PATIENCE);
  expect(statSync(path).mode & 0o777).toBe(0o640 & ~process.umask());
  const { time, start, ...written } = JSON.parse(readFileSync(path, "utf8")) as Record<"time" | "start", string>;
  expect(written).toEqual(accessRecord(4));
  expect(Date.parse(time) - Date.parse(start)).toBe(1_000);
  renameSync(path, `${path}.1`);
  file.write(accessRecord(8));
  await vi.waitFor(() => expect(file.status().records).toBe(2), PATIENCE);
  file.reopen();
  await vi.waitFor(() => expect(existsSync(path)).toBe(true), PATIENCE);
  file.write(accessRecord(12));
  await vi.waitFor(() => expect(streamsIn(readFileSync(path, "utf8"))).toEqual([12]), PATIENCE);
  expect(streamsIn(readFileSync(`${path}.1`, "utf8"))).toEqual([4, 8]);
  expect(codes).toEqual([]);
});

test("a disk that is full loses records, which are counted and told once", async () => {
  const { codes, log } = noting();
  await using file = new AccessLogFile("/dev/full", log);
  for (let lost = 1; lost <= 3; lost++) {
    file.write(accessRecord(4));
    await vi.waitFor(() => expect(file.status()).toMatchObject({ records: 0, lost }), PATIENCE);
    expect(file.status().problem).toMatch(/^ENOSPC: no space left on device/);
  }
  expect(codes).toEqual(["ACCESS_LOG_LOST"]);
});

test("a file that cannot be opened loses records until it can, at a reopening", async () => {
  const path = join(folder, "later", "access.log");
  const { codes, log } = noting();
  await using file = new AccessLogFile(path, log);
  file.write(accessRecord(4));
  await vi.waitFor(() => expect(file.status().lost).toBe(1), PATIENCE);
  expect(codes).toEqual(["ACCESS_LOG_LOST"]);
});

/** A disk whose writes end when the test says so, and as it says. */
class SlowDisk implements AccessFiles {
  content = "";
  opened = 0;
  #end: ((limit: number) => void) | undefined;

  get isWriting(): boolean {
    return this.#end !== undefined;
  }

  open(_path: string, _flags: number, _mode: number, done: (error: null, fd: number) => void): void {
    done(null, ++this.opened);
  }

  write(_fd: number, bytes: Uint8Array, done: (error: null, written: number) => void): void {
    this.#end = (limit) => {
      const written = bytes.subarray(0, limit);
      this.content += Buffer.from(written).toString();
      done(null, written.length);
    };
  }

  /** Ends the write that is under way, after this number of bytes. */
  end(limit: number = Number.POSITIVE_INFINITY): void {
    const end = this.#end;
    this.#end = undefined;
    end?.(limit);
  }

  close(_fd: number, done: () => void): void {
    done();
  }
}

test("a disk that hangs costs bounded memory, and nobody waits for it", async () => {
  const disk = new SlowDisk();
  const { codes, log } = noting();
  const file = new AccessLogFile("/log", log, disk);
  const times = { time: new Date(0).toISOString(), start: new Date(0).toISOString() };
  const size = JSON.stringify({ ...times, ...accessRecord(1_000) }).length + 1;
  const count = 3 * Math.ceil(ACCESS_BACKLOG_SIZE_MAX / size);
  for (let stream = 0; stream < count; stream++) file.write(accessRecord(stream));
  expect(file.status().lost).toBeGreaterThan(count / 2);
  file.reopen();
  expect(disk.opened).toBe(1);
  for (let writes = 0; disk.isWriting && writes < 10; writes++) disk.end();
  const { records, lost } = file.status();
  expect(records + lost).toBe(count);
  expect(records * (size - 4)).toBeLessThanOrEqual(ACCESS_BACKLOG_SIZE_MAX + size);
  expect(streamsIn(disk.content)).toHaveLength(records);
  // The file was reopened as soon as it could be opened.
  expect(disk.opened).toBe(2);
  expect(codes).toEqual(["ACCESS_LOG_LOST", "ACCESS_LOG_WRITTEN"]);
  await file[Symbol.asyncDispose]();
});

test("a line that is written in part costs itself, and no other", () => {
  const disk = new SlowDisk();
  const file = new AccessLogFile("/log", noting().log, disk);
  file.write(accessRecord(4));
  file.write(accessRecord(8));
  file.write(accessRecord(12));
  disk.end();
  const times = { time: new Date(0).toISOString(), start: new Date(0).toISOString() };
  disk.end(JSON.stringify({ ...times, ...accessRecord(8) }).length + 10);
  expect(file.status()).toEqual({ file: "/log", records: 2, lost: 1, problem: "the disk is full" });
  file.write(accessRecord(16));
  disk.end();
  expect(streamsIn(disk.content)).toEqual([4, 8, 16]);
  expect(file.status()).toEqual({ file: "/log", records: 3, lost: 1, problem: "" });
});
