import { setTimeout as sleep } from "node:timers/promises";
import { nodeTime as time } from "@florenetes/scheduling";
import { beforeEach, expect, test } from "vitest";
import { Api } from "../../src/api/api.ts";
import type { Audit } from "../../src/api/audit.ts";
import type { AuditListPage } from "../../src/api/audit-list.ts";
import { readAuditQuestion, sliceOf, writeAuditSlice } from "../../src/api/audit-slice.ts";
import { AUDIT_LISTS_AT_ONCE, AUDIT_PAGE_MS, AUDIT_PAGES_OF_ONE_MAX, AUDIT_SILENT_MS } from "../../src/api/limits.ts";
import { AuditDesk } from "../../src/drivers/audit-desk.ts";
import type { NoAnswer } from "../../src/mail/replica-reader.ts";
import { FABRIC, viewOf } from "../a-fabric.ts";
import { newAudit } from "../api/an-audit.ts";

/** The replica of c asks that of d. */
let own: Audit;
let other: Audit;
let desk: AuditDesk;
let asked: number;
let answer: (question: Uint8Array) => Promise<Uint8Array | NoAnswer>;
let skewMs: number;
let others: readonly string[] | undefined;

const NOTED = {
  at: "2026-01-01T00:00:00.000Z",
  replica: "c",
  method: "GET",
  path: "/v1/nodes",
  status: 200,
  code: null,
};
const ALICE = { rights: { organizations: "all", mayPropose: false }, now: 0 } as const;
const BOB = { rights: { organizations: new Set(["acme"]), mayPropose: false }, now: 0 } as const;

beforeEach(() => {
  [own, other] = [newAudit(), newAudit({ id: "fedcba9876543210" })];
  const api = new Api({ cluster: "demo", version: "0.1.0", audit: own, recordOf: () => undefined });
  api.handleView(viewOf(FABRIC));
  [asked, skewMs] = [0, 0];
  others = ["d"];
  answer = (question) => Promise.resolve(writeAuditSlice(sliceOf(other, readAuditQuestion(question)!)));
  const askAudit = (_: string, question: Uint8Array): ReturnType<typeof answer> => {
    asked++;
    return answer(question);
  };
  const clock = { ...time, now: () => time.now() + skewMs };
  desk = new AuditDesk({ api, audit: own, mail: { others: () => others, askAudit }, time: clock });
  for (const audit of [own, other])
    for (const principal of ["user/alice", "user/bob"]) audit.add({ ...NOTED, principal });
});

const read = (query = "", principal = "user/alice"): Promise<AuditListPage> =>
  desk.read(new URLSearchParams(query), principal, principal === "user/alice" ? ALICE : BOB);
const rows = ({ items }: AuditListPage): readonly string[] =>
  items.map(({ replica, principal }) => `${replica} ${principal}`);

test("a page has the entries of all replicas, each with its own name", async () => {
  const page = await read();
  expect(page).toMatchObject({ replica: "c", missing: [], next: null });
  expect(rows(page).toSorted()).toEqual(["c user/alice", "c user/bob", "d user/alice", "d user/bob"]);
});

test("a principal that does not see all organizations sees its own requests alone, and asks for no others", async () => {
  expect(rows(await read("", "user/bob")).toSorted()).toEqual(["c user/bob", "d user/bob"]);
  asked = 0;
  expect(await read("principal=user/alice", "user/bob")).toMatchObject({ items: [], next: null });
  expect(asked).toBe(0);
  // A captured replica answers with what nobody has asked for.
  answer = () => Promise.resolve(writeAuditSlice(sliceOf(other, { audit: null, below: null, wanted: {} })));
  const page = await read("", "user/bob");
  expect(rows(page)).toEqual(["c user/bob"]);
  expect(page.missing).toEqual([{ replica: "d", reason: "it answers what is no part of an audit" }]);
});

test.each<[NoAnswer, string]>([
  ["no-way", "no way leads to it"],
  ["unknown-kind", "its node runs no replica at present"],
  ["busy", "it has too much to do"],
])("a replica from which nothing comes is told as missing: %s", async (word, reason) => {
  answer = () => Promise.resolve(word);
  const page = await read();
  expect(page.missing).toEqual([{ replica: "d", reason }]);
  expect(rows(page)).toHaveLength(2);
});

test("a replica that has not answered is asked again after a minute, and told as missing until then", async () => {
  const well = answer;
  answer = () => Promise.resolve("unanswered");
  expect((await read()).missing).toEqual([{ replica: "d", reason: "it does not answer" }]);
  answer = well;
  expect((await read()).missing).toMatchObject([{ replica: "d", reason: expect.stringMatching("minute") as string }]);
  expect(asked).toBe(1);
  skewMs = AUDIT_SILENT_MS + 1;
  expect((await read()).missing).toEqual([]);
});

test("a replica that does not know which others there are says so", async () => {
  others = undefined;
  expect((await read()).missing).toEqual([{ replica: null, reason: "this one does not know which others there are" }]);
});

test("one that is slow is asked by one page at a time, and holds up no page for long", async () => {
  let finish: () => void = () => {};
  const well = answer;
  answer = async (question) => {
    await new Promise<void>((done) => (finish = done));
    return well(question);
  };
  const pages = Array.from({ length: AUDIT_PAGES_OF_ONE_MAX }, () => read());
  await sleep(10);
  expect(asked).toBe(1);
  await expect(read()).rejects.toMatchObject({ code: "ERR_CONTROL_BUSY" });
  const bobs = read("", "user/bob");
  skewMs = AUDIT_PAGE_MS + 1;
  finish();
  const [first, second] = await Promise.all(pages);
  expect(first!.missing).toEqual([]);
  expect(second!.missing).toEqual([{ replica: "d", reason: "it is slow to answer" }]);
  expect(rows(await bobs)).toEqual(["c user/bob"]);
  expect(asked).toBe(1);
});

test("a principal has so many pages made, and others have theirs", async () => {
  const outcomes = [];
  for (let each = 0; each <= AUDIT_LISTS_AT_ONCE; each++)
    outcomes.push(
      await read().then(
        () => 200,
        () => 429,
      ),
    );
  expect(outcomes).toEqual([...Array.from({ length: AUDIT_LISTS_AT_ONCE }, () => 200), 429]);
  expect(rows(await read("", "user/bob"))).toHaveLength(2);
});
