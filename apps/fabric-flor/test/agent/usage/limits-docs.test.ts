/** The numbers of docs/protocol/fabric-usage.md, and those of usage in docs/operate/fabric.md, are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RECEIPT_PARTS_MAX } from "@florenetes/facts";
import { CLAIM_SLACK, CLAIM_SLACK_PERCENT, HOUR_SLACK_MS } from "@florenetes/usage";
import { expect, test } from "vitest";
import { HOURS_SETTLED } from "../../../src/admin/piece-questions.ts";
import { POST_UNKNOWN_MS } from "../../../src/agent/mail/limits.ts";
import * as limits from "../../../src/agent/usage/limits.ts";

const docs = join(import.meta.dirname, "../../../../../docs");
/** A page in one line, so that a sentence is found wherever its lines end. */
const pageOf = (name: string): string => readFileSync(join(docs, name), "utf8").replaceAll(/\s+/g, " ");
const n = (value: number): string => value.toLocaleString("en");
const MINUTE_MS = 60_000;
const MEBIBYTE = 1_048_576;

test.each([
  `signs up to ${RECEIPT_PARTS_MAX} parts`,
  `not read within ${limits.CLOSE_MS / MINUTE_MS} minutes`,
  `a reading within ${HOUR_SLACK_MS / 1_000} seconds behind the end of an hour`,
  `writes to each observer within ${limits.RECEIPTS_SPREAD_MS / MINUTE_MS} minutes behind`,
  `until ${limits.HOURS_OPEN} hours behind the end of the hour`,
  `ended more than ${limits.HOURS_OPEN} hours ago`,
  `holds ${limits.RECEIPTS_SIZE_MAX / MEBIBYTE} MiB of receipts`,
  `answered ${limits.SENDER_BURST} letters at once, and one in ${1 / limits.SENDER_PER_SECOND} seconds`,
  `adds an hour up ${limits.SUM_MS / MINUTE_MS} minutes behind its end, and again, ${limits.SUM_AGAIN_MS / MINUTE_MS} minutes later`,
  `at most ${CLAIM_SLACK_PERCENT} percent, and by as much as was seen, but no more than ${n(CLAIM_SLACK[0])} packets and ${n(CLAIM_SLACK[1])} bytes`,
  `asked again after ${POST_UNKNOWN_MS / MINUTE_MS} minutes`,
])("docs/protocol/fabric-usage.md says: %s", (text) => {
  expect(pageOf("protocol/fabric-usage.md")).toContain(text);
});

test.each([
  `holds the last ${n(limits.SHELF_ROWS_MAX)} records, at most ${limits.SHELF_SIZE_MAX / MEBIBYTE} MiB`,
  `An hour is added up ${limits.SUM_MS / MINUTE_MS} minutes behind its end`,
])("docs/operate/fabric.md says: %s", (text) => {
  expect(pageOf("operate/fabric.md")).toContain(text);
});

test("docs/operate/storage.md says when usage is kept", () => {
  expect(pageOf("operate/storage.md")).toContain(`An hour is kept ${HOURS_SETTLED} hours behind its end`);
});
