import { join } from "node:path";
import { createLogger } from "@florenetes/process-kit";
import { nodeTime as time } from "@florenetes/scheduling";
import { expect, test } from "vitest";
import { Api } from "../../src/api/api.ts";
import { USAGE_TABLES_AT_ONCE } from "../../src/api/limits.ts";
import { readCursors, writeCursors } from "../../src/console/page-links.ts";
import { AuditDesk } from "../../src/drivers/audit-desk.ts";
import { ConsolePages } from "../../src/drivers/console-pages.ts";
import { LogDesk } from "../../src/drivers/log-desk.ts";
import { FABRIC, viewOf } from "../a-fabric.ts";
import { newAudit } from "../api/an-audit.ts";

const audit = newAudit();
const api = new Api({ cluster: "demo", version: "0.1.0", audit, recordOf: () => undefined });
api.handleView(viewOf(FABRIC));
const log = createLogger({ name: "control-flor", level: "error" });
const entries = new LogDesk({ api, path: join(import.meta.dirname, "no-agent.sock"), now: time.now });
const mail = { others: () => [], askAudit: () => Promise.resolve("no-way" as const) };
const audits = new AuditDesk({ api, audit, mail, time });
const pages = new ConsolePages({ cluster: "demo", api, audits, entries, time, log });

/** The status and the text of a page. */
async function open(place: string): Promise<readonly [number, string]> {
  const [path = "", query] = place.split("?");
  const request = {
    method: "GET",
    path: [path],
    query: new URLSearchParams(query),
    principal: "user/alice",
    headers: {},
  };
  const { status, text = "" } = await pages.answerTable(request, {
    rights: { organizations: "all", mayPropose: false },
    now: 0,
  })!;
  return [status, text];
}

const linkIn = (page: string, text: string): string | undefined =>
  new RegExp(`<a href="([^"]+)">${text}</a>`).exec(page)?.[1]?.replaceAll("&amp;", "&");
const numbersIn = (page: string): readonly number[] =>
  [...page.matchAll(/<th scope="row">(\d+)</g)].map(([, number]) => Number(number));

test("pages of the audit need no scripts, and lead from page to page", async () => {
  const noted = { replica: "c", principal: "user/<alice>", method: "GET", path: "/", status: 200, code: null };
  for (let each = 0; each < 120; each++) audit.add({ ...noted, at: new Date(each).toISOString() });
  const [status, first] = await open("audit");
  expect(status).toBe(200);
  expect(first).not.toContain("<script");
  expect(first).toContain("user/&lt;alice&gt;");
  expect([linkIn(first, "newer"), linkIn(first, "newest")]).toEqual([undefined, "audit"]);
  const [, second] = await open(linkIn(first, "older")!);
  expect([numbersIn(second)[0], numbersIn(second).at(-1)]).toEqual([70, 21]);
  expect(linkIn(second, "newer")).toBe("audit");
  const [, third] = await open(linkIn(second, "older")!);
  expect([numbersIn(third).at(-1), linkIn(third, "older")]).toEqual([1, undefined]);
  const [, back] = await open(linkIn(third, "newer")!);
  expect(numbersIn(back)).toEqual(numbersIn(second));
});

test("links keep the filters and the number of rows", async () => {
  const [, page] = await open("audit?method=GET&limit=10");
  expect(numbersIn(page)).toHaveLength(10);
  const older = linkIn(page, "older")!;
  expect(older).toMatch(/^audit\?method=GET&limit=10&after=/);
  const [, second] = await open(older);
  expect([numbersIn(second).length, linkIn(second, "newer")]).toEqual([10, "audit?method=GET&limit=10"]);
  expect(linkIn((await open("audit?method=POST"))[1], "newest")).toBe("audit?method=POST");
});

test("pages of all audits lead back on the way on which one has come, with their filters", async () => {
  const all = await readAll("audits?method=GET&limit=30");
  expect(all.length).toBeGreaterThan(3);
  for (let at = all.length - 1; at > 0; at--) {
    const [, newer] = await open(linkIn(all[at]!, "newer")!);
    expect([numbersIn(newer), linkIn(newer, "newer")]).toEqual([
      numbersIn(all[at - 1]!),
      linkIn(all[at - 1]!, "newer"),
    ]);
  }
  expect([linkIn(all[1]!, "newer"), linkIn(all[0]!, "newer")]).toEqual(["audits?method=GET&limit=30", undefined]);
});

/** A page and all that are older. Of such pages one may make ten at once. */
async function readAll(place: string): Promise<readonly string[]> {
  const [, page] = await open(place);
  const older = linkIn(page, "older");
  return older === undefined ? [page] : [page, ...(await readAll(older))];
}

test("a way back that has no room begins later, and one that is none is refused", async () => {
  const cursors = Array.from({ length: 40 }, (_, at) => `${at}`.padStart(200, "c"));
  const written = writeCursors(["0", ...cursors]);
  expect(written.length).toBeLessThanOrEqual(4_096);
  expect(readCursors(written)).toEqual(cursors.slice(-20));
  for (const back of ["", ".", "0..0", "0.", "<script>", "c".repeat(4_097)])
    expect(await open(`audits?back=${encodeURIComponent(back)}`)).toEqual([
      400,
      expect.stringContaining("ERR_CONTROL_QUERY"),
    ]);
});

test("the problem of a page is noted, and says when to ask again", async () => {
  const request = { method: "GET", path: ["log"], query: new URLSearchParams(), principal: "user/alice", headers: {} };
  const answer = await pages.answerTable(request, { rights: { organizations: "all", mayPropose: false }, now: 0 });
  expect(answer).toMatchObject({ code: "ERR_CONTROL_AGENT_SILENT", headers: { "retry-after": "1" } });
});

test.each([
  ["budgets", "No budget is in force that you may see"],
  ["releases", "No release is in force"],
  ["orders", "No node is ordered anything"],
  ["collections", "No collection is in force that you may see"],
  ["usage", "NOT WHOLE: the agent has not been asked yet."],
  ["fleet", "No observer has told anything that you may see"],
])("the page of %s needs no scripts, and leads back to the console", async (place, words) => {
  const [status, page] = await open(place);
  expect([status, linkIn(page, "console")]).toEqual([200, "./"]);
  expect(page).toContain(words);
  expect(page).not.toContain("<script");
});

test("a page of usage is refused to whoever has asked for many, and for what is no sum", async () => {
  expect(await open("usage?by=colour")).toEqual([400, expect.stringContaining("ERR_CONTROL_QUERY")]);
  expect(await open("usage?after=~")).toEqual([400, expect.stringContaining("ERR_CONTROL_CURSOR")]);
  expect(await open("budgets?after=~")).toEqual([400, expect.stringContaining("ERR_CONTROL_CURSOR")]);
  for (let each = 0; each < USAGE_TABLES_AT_ONCE; each++) await open("usage");
  expect(await open("usage")).toEqual([429, expect.stringContaining("ERR_CONTROL_BUSY")]);
});

test("a page that cannot be had says why, and stays a page", async () => {
  expect(await open("log")).toEqual([503, expect.stringMatching(/ERR_CONTROL_AGENT_SILENT[^]*<\/html>/)]);
  expect(await open("audit?after=x")).toEqual([400, expect.stringContaining("ERR_CONTROL_CURSOR")]);
  expect(await open("log?back=x")).toEqual([400, expect.stringContaining("ERR_CONTROL_QUERY")]);
  expect(await open("log?below=0")).toEqual([400, expect.stringContaining("ERR_CONTROL_QUERY")]);
});
