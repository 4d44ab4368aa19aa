import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { CA_FILES, createCa, openCa, readCaStatus } from "../src/authority/ca/drivers/ca-folder.ts";
import { RecordFile } from "../src/authority/ca/drivers/record-file.ts";
import { AuthorityRecord, formatEntry, type RecordEntry } from "../src/authority/ca/record.ts";
import { inspectPath } from "../src/authority/inspection/drivers/inspect-path.ts";
import { now } from "./certificates.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-record-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

let count = 0;
let folder = "";
let path = "";
beforeEach(() => {
  folder = join(base, `ca-${count++}`);
  path = join(folder, CA_FILES.record);
});

const alice = { kind: "user", name: "alice" } as const;
const issued: RecordEntry = {
  kind: "issued",
  at: now,
  principal: "spiffe://demo/user/alice",
  serial: "41ab",
  notBefore: now,
  notAfter: now,
  fingerprint: "00ff",
};
const revoked: RecordEntry = { kind: "revoked", at: now, serial: "41ab", reason: "superseded" };
const listed: RecordEntry = {
  kind: "list",
  at: now,
  number: 3,
  nextUpdate: now,
  days: 30,
  entries: 1,
  fingerprint: "00",
};

function recordOf(...lines: readonly string[]): AuthorityRecord {
  const record = new AuthorityRecord();
  for (const line of lines) record.addLine(line);
  return record;
}

describe("the record of a CA", () => {
  test("gives back what was written into it", () => {
    const record = recordOf(formatEntry(issued), formatEntry(revoked), formatEntry(listed));
    expect([...record.certificates.values()]).toEqual([issued]);
    expect([...record.revocations.values()]).toEqual([revoked]);
    expect(record.lists).toEqual([listed]);
    expect(["41ab", "41ac"].map((serial) => record.isTaken(serial))).toEqual([true, false]);
  });

  test("takes lines of the time when it told only what was issued", () => {
    const { kind: _, ...older } = issued;
    expect([...recordOf(JSON.stringify(older)).certificates.values()]).toEqual([issued]);
  });

  test("has a certificate revoked once, and on no list until one is made", () => {
    const again = { ...revoked, reason: "key-compromise" } as const;
    const record = recordOf(formatEntry(issued), formatEntry(revoked), formatEntry(again));
    expect([...record.revocations.values()]).toEqual([revoked]);
    expect([...record.unlisted]).toEqual(["41ab"]);
    record.addLine(formatEntry(listed));
    record.addLine(formatEntry(again));
    expect([...record.unlisted]).toEqual([]);
  });

  test("passes over lines that a crash cut off, by their mark", () => {
    expect(recordOf('{"kind":"issu#cut', "#cut", "", formatEntry(issued)).certificates.size).toBe(1);
  });

  const altered = (entry: RecordEntry, change: object): string => JSON.stringify({ ...entry, ...change });
  test.each([
    ["that are cut off", '{"kind":"issu'],
    ["that are no object", "null"],
    ["of a later version", altered(issued, { kind: "renamed" })],
    ["without a time", altered(issued, { at: undefined })],
    ["with a time that is none", altered(issued, { notAfter: "tomorrow" })],
    ["with a serial number that is none", altered(revoked, { serial: "xyz" })],
    ["with a serial number of half an octet", altered(issued, { serial: "41a" })],
    ["without a principal", altered(issued, { principal: 7 })],
    ["with a principal that is none", altered(issued, { principal: "spiffe://demo/user/Alice" })],
    ["with an unknown reason", altered(revoked, { reason: "boredom" })],
    ["with a number that is none", altered(listed, { number: -1 })],
    ["with a number beyond counting", altered(listed, { number: 2 ** 60 })],
  ])("refuses lines %s, and tells which", (_, line) => {
    expect(() => recordOf(formatEntry(issued), line)).toThrow(
      expect.objectContaining({
        code: "ERR_IDENTITY_RECORD_BROKEN",
        message: expect.stringContaining("line 2") as unknown,
      }),
    );
  });
});

test("whatever a line holds, it is taken or refused", () => {
  const known = fc.constantFrom("issued", "revoked", "list");
  const value = fc.oneof(fc.constant(now.toISOString()), fc.constant("41ab"), fc.integer(), fc.jsonValue());
  const keys = ["at", "principal", "serial", "notBefore", "notAfter", "fingerprint", "reason", "number", "days"];
  const fields = fc.dictionary(fc.constantFrom(...keys, "nextUpdate", "entries"), value);
  const entry = fc.tuple(known, fields).map(([kind, rest]) => JSON.stringify({ kind, ...rest }));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json(), entry), (line) => {
      try {
        recordOf(line);
      } catch (error) {
        expect(error).toMatchObject({ code: "ERR_IDENTITY_RECORD_BROKEN" });
      }
    }),
    { numRuns: runs(500, 150) },
  );
});

describe("a record on disk", () => {
  test("is 0600, and only ever grows", () => {
    const ca = createCa(folder, { cluster: "demo" }, now);
    let before = "";
    for (const action of [
      () => ca.issue(alice, now),
      () => ca.revoke([{ principal: { cluster: "demo", ...alice } }], {}, now),
      () => ca.makeRevocationList({}, now),
    ]) {
      action();
      const text = readFileSync(path, "utf8");
      expect(text.startsWith(before) && text.length > before.length && text.endsWith("}\n")).toBe(true);
      before = text;
    }
    const kinds = [...before.matchAll(/^\{"kind":"(\w+)"/gm)].map(([, kind]) => kind);
    expect(kinds).toEqual(["issued", "revoked", "list", "list"]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test.each([
    ["in the middle of a line", '{"kind":"revoked","ser'],
    ["before the end of a line", formatEntry(revoked)],
    ["with blocks that were never filled", "\0".repeat(100)],
  ])("that a crash cut off %s goes on", (_, rest) => {
    const first = createCa(folder, { cluster: "demo" }, now).issue(alice, now);
    appendFileSync(path, rest);
    expect(readCaStatus(folder).record.certificates.size).toBe(1);
    const second = openCa(folder).issue(alice, now);
    const { record } = readCaStatus(folder);
    expect([...record.certificates.keys()]).toEqual([first.serial, second.serial]);
    expect(record.revocations.size).toBe(0);
    expect(readFileSync(path, "utf8")).toContain(`${rest}#cut\n`);
  });

  test("that is damaged issues and revokes nothing, and says where", () => {
    const ca = createCa(folder, { cluster: "demo" }, now);
    ca.issue(alice, now);
    ca.revoke([{ principal: { cluster: "demo", ...alice } }], {}, now);
    const text = readFileSync(path, "utf8").replace('"kind":"revoked"', '"kind":"revoxed"');
    writeFileSync(path, text);
    const broken: unknown = expect.objectContaining({ code: "ERR_IDENTITY_RECORD_BROKEN", where: { file: path } });
    for (const action of [
      () => openCa(folder).issue(alice, now),
      () => openCa(folder).makeRevocationList({}, now),
      () => readCaStatus(folder),
    ]) {
      expect(action).toThrow(broken);
    }
    expect(inspectPath(folder, now).problems).toEqual([broken]);
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test("is read where it was kept before, and goes on beside it", () => {
    const first = createCa(folder, { cluster: "demo" }, now).issue(alice, now);
    const older = readFileSync(path, "utf8").replaceAll('"kind":"issued",', "");
    rmSync(path);
    writeFileSync(join(folder, CA_FILES.olderRecord), `${older}{"at":"2026-0`);
    const second = openCa(folder).issue(alice, now);
    const outcome = openCa(folder).revoke([{ principal: { cluster: "demo", ...alice } }], {}, now);
    expect(outcome.certificates.map(({ serial }) => serial)).toEqual([first.serial, second.serial]);
    expect(readFileSync(join(folder, CA_FILES.olderRecord), "utf8")).toBe(`${older}{"at":"2026-0`);
  });

  test("need not be there: a root that another tool made", () => {
    createCa(folder, { cluster: "demo" }, now);
    rmSync(path);
    const { serial } = openCa(folder).issue(alice, now);
    expect([...readCaStatus(folder).record.certificates.keys()]).toEqual([serial]);
  });

  test("is read as far as it has grown, and anew when another one took its place", () => {
    createCa(folder, { cluster: "demo" }, now);
    const file = new RecordFile(path, join(folder, CA_FILES.olderRecord));
    file.append([issued]);
    new RecordFile(path, join(folder, CA_FILES.olderRecord)).append([revoked]);
    expect([file.read().certificates.size, file.read().revocations.size]).toEqual([1, 1]);
    writeFileSync(`${path}.new`, `${formatEntry(listed)}\n`);
    renameSync(`${path}.new`, path);
    expect([file.read().certificates.size, file.read().lists.length]).toEqual([0, 1]);
  });

  test("takes turns between those who hold it", () => {
    const holders = [createCa(folder, { cluster: "demo" }, now), openCa(folder), openCa(folder)];
    const numbers = Array.from({ length: 9 }, (_, turn) => holders[turn % 3]!.makeRevocationList({}, now).number);
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
