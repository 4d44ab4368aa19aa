import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readUpdateStatus } from "../../../src/agent/releases/update-status.ts";

const LAST = {
  channel: "stable",
  version: "0.1.1",
  epoch: 3,
  record: "ab".repeat(32),
  outcome: "back",
  code: "ERR_UPDATE_NOT_WHOLE",
  message: "a link was missing",
  at: 1_790_000_000_000,
};
const STATUS = {
  version: 1,
  installed: { version: "0.1.0", since: 1_790_000_000_000 },
  floor: { lowest: "0.1.0", until: 1_790_000_000_000 },
  kept: ["florenetes-node_0.1.0_amd64.deb"],
  failed: ["0.1.1"],
  underWay: null,
  last: LAST,
};

test("a status is read as update-flor writes it", () => {
  expect(readUpdateStatus(JSON.stringify(STATUS))).toMatchObject({ failed: ["0.1.1"], last: { outcome: "back" } });
  const first = { version: 1, installed: null, floor: null, kept: [], failed: [], underWay: null, last: null };
  expect(readUpdateStatus(JSON.stringify(first))).toMatchObject({ installed: null });
  // A spool that could not be read names no release.
  const refused = { ...LAST, version: "", record: "", outcome: "refused" };
  expect(readUpdateStatus(JSON.stringify({ ...STATUS, last: refused }))).toMatchObject({ last: { version: "" } });
});

test.each<[string, object | string]>([
  ["no JSON", "{"],
  ["another version of the form", { ...STATUS, version: 2 }],
  ["a member that is missing", { ...STATUS, failed: undefined }],
  ["what is no version", { ...STATUS, failed: ["../../etc/passwd"] }],
  ["too many failed versions", { ...STATUS, failed: Array.from({ length: 17 }, (_, at) => `0.1.${at}`) }],
  ["a name that is no package's", { ...STATUS, kept: ["../florenetes-node_0.1.0_amd64.deb"] }],
  ["an outcome that there is not", { ...STATUS, last: { ...LAST, outcome: "great" } }],
  ["a code that is none", { ...STATUS, last: { ...LAST, code: "rm -rf /" } }],
  ["a time that is none", { ...STATUS, last: { ...LAST, at: -1 } }],
  ["a message without end", { ...STATUS, last: { ...LAST, message: "x".repeat(5_000) } }],
])("%s is no status", (_, status) => {
  expect(readUpdateStatus(typeof status === "string" ? status : JSON.stringify(status))).toBeUndefined();
});

test("whatever a file says, reading it throws nothing", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void readUpdateStatus(text)));
});
