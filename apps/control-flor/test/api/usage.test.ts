import { expect, test } from "vitest";
import { Api } from "../../src/api/api.ts";
import { ApiError, type ApiAnswer } from "../../src/api/exchange.ts";
import { USAGE_TABLES_AT_ONCE } from "../../src/api/limits.ts";
import { usageForm } from "../../src/api/schemas.ts";
import { USAGE_ROWS_MAX } from "../../src/fabric/limits.ts";
import type { UsageRow } from "../../src/fabric/resources.ts";
import { type KnownUsage, NO_USAGE } from "../../src/fabric/usage-book.ts";
import type { Organizations } from "../../src/reader-rights.ts";
import { FABRIC, viewOf } from "../a-fabric.ts";
import { HOUR, knownOf, timeOf, usageOf } from "../fabric/a-usage.ts";
import { newAudit } from "./an-audit.ts";

const TOLD = [
  usageOf({ hour: HOUR - 1 }),
  usageOf({ rest: { relays: 2, packets: 3, bytes: 4 } }),
  usageOf({ observer: "o2", receipts: 1 }),
  usageOf({ organization: "zenith", relays: [{ ...usageOf().relays[0]!, relay: "r2" }] }),
  usageOf({ organization: null }),
];

function opened(usage: KnownUsage = knownOf(...TOLD)): Api {
  const api = new Api({ cluster: "demo", version: "0.1.0", audit: newAudit(), recordOf: () => undefined });
  api.handleView(viewOf({ ...FABRIC, usage }));
  return api;
}

interface Asked {
  readonly organizations?: Organizations;
  readonly headers?: Readonly<Record<string, string>>;
  readonly principal?: string;
  readonly now?: number;
}

function ask(
  api: Api,
  url: string,
  { organizations = "all", headers = {}, principal = "user/alice", now = 0 }: Asked = {},
): ApiAnswer {
  const [path = "", query = ""] = url.split("?");
  const request = {
    method: "GET",
    path: path.split("/").slice(1),
    query: new URLSearchParams(query),
    principal,
    headers,
  };
  try {
    return api.answer(request, { rights: { organizations, mayPropose: false }, now });
  } catch (error) {
    if (error instanceof ApiError) return { status: 0, headers: error.headers, text: error.code };
    throw error;
  }
}

interface Told {
  readonly items: readonly UsageRow[];
  readonly next: string | null;
  readonly since: string | null;
  readonly fault: string | null;
}

const read = (...asked: Parameters<typeof ask>): Told => JSON.parse(ask(...asked).text!) as Told;
/** A row in few words. */
const wordsOf = ({ hour, organization, observer, relay, isCounted }: UsageRow): string =>
  `${hour === timeOf(HOUR) ? "now" : "before"} ${organization ?? "-"} ${observer} ${relay ?? "rest"}${isCounted ? "" : " not counted"}`;

const ALL = [
  "before acme o1 r1",
  "now - o1 r1",
  "now acme o1 r1",
  "now acme o1 rest",
  "now acme o2 r1 not counted",
  "now zenith o1 r2",
];

test("usage is told row by row in the order of time, in the form of the OpenAPI document", () => {
  const { items, ...rest } = read(opened(), "/v1/usage");
  for (const item of items) expect(usageForm.parse(item)).toEqual(item);
  expect(items.map(wordsOf)).toEqual(ALL);
  expect(rest).toMatchObject({ asOf: { replica: "c" }, next: null, since: timeOf(HOUR - 100), fault: null });
});

test.each<readonly [string, readonly number[]]>([
  ["organization=acme", [0, 2, 3, 4]],
  ["organization=", [1]],
  ["organization=nobody", []],
  ["relay=r2", [5]],
  ["relay=r1&organization=acme", [0, 2, 4]],
  [`from=${timeOf(HOUR)}`, [1, 2, 3, 4, 5]],
  ["from=2026-11-28T12:59:59Z", [1, 2, 3, 4, 5]],
  ["to=2026-11-28T11:00:01.5Z", [0]],
  ["to=2026-11-28T11:00:00Z", [0]],
  [`from=${timeOf(HOUR + 1)}`, []],
  [`from=${timeOf(HOUR - 1)}&to=${timeOf(HOUR)}`, [0, 1, 2, 3, 4, 5]],
  ["from=0000-01-01T00:00:00Z&to=9999-12-31T23:59:59Z", [0, 1, 2, 3, 4, 5]],
  ["counted=true", [0, 1, 2, 3, 5]],
  ["counted=false", [4]],
])("?%s has these rows", (query, places) => {
  const wanted = places.map((at) => ALL[at]);
  expect(read(opened(), `/v1/usage?${query}`).items.map(wordsOf)).toEqual(wanted);
  expect(ask(opened(), `/v1/usage.csv?${query}`).text!.split("\r\n")).toHaveLength(wanted.length + 2);
});

test.each([
  "from=yesterday",
  "to=2026-11-28",
  "from=2026-11-28T12:00:00%2B01:00",
  "counted=yes",
  "colour=red",
  "from=&to=",
])("?%s is refused", (query) => {
  expect(ask(opened(), `/v1/usage?${query}`).text).toBe("ERR_CONTROL_QUERY");
  expect(ask(opened(), `/v1/usage.csv?${query}`).text).toBe("ERR_CONTROL_QUERY");
});

test.each<readonly [ReadonlySet<string>, readonly number[]]>([
  [new Set(["acme"]), [0, 2, 3, 4]],
  [new Set(["zenith"]), [5]],
  [new Set([""]), []],
  [new Set<string>(), []],
])("a reader of %o sees usage of its own organizations alone, also as CSV", (organizations, places) => {
  const wanted = places.map((at) => ALL[at]);
  expect(read(opened(), "/v1/usage", { organizations }).items.map(wordsOf)).toEqual(wanted);
  expect(ask(opened(), "/v1/usage.csv", { organizations }).text!.split("\r\n")).toHaveLength(wanted.length + 2);
  for (const other of ["zenith", "acme", ""].filter((name) => name === "" || !organizations.has(name)))
    expect(read(opened(), `/v1/usage?organization=${other}`, { organizations }).items).toEqual([]);
});

test("pages have each row once, at most 500", () => {
  const relays = Array.from({ length: 1_200 }, (_, at) => ({ ...usageOf().relays[0]!, relay: `r${at}` }));
  const api = opened(knownOf(usageOf({ relays })));
  const found: string[] = [];
  const sizes: number[] = [];
  for (let after: string | null = ""; after !== null;) {
    const page: Told = read(api, `/v1/usage?limit=500${after === "" ? "" : `&after=${after}`}`);
    found.push(...page.items.map(({ relay }) => relay!));
    sizes.push(page.items.length);
    after = page.next;
  }
  expect(sizes).toEqual([500, 500, 200]);
  expect(new Set(found).size).toBe(1_200);
  expect(ask(api, "/v1/usage?limit=501").text).toBe("ERR_CONTROL_QUERY");
  expect(ask(api, "/v1/usage?after=~").text).toBe("ERR_CONTROL_CURSOR");
});

test("usage that is the same has the same tag", () => {
  const api = opened();
  const { etag = "" } = ask(api, "/v1/usage").headers;
  api.handleView(viewOf({ ...FABRIC, usage: knownOf(...TOLD) }));
  expect(ask(api, "/v1/usage", { headers: { "if-none-match": etag } }).status).toBe(304);
  api.handleView(viewOf({ ...FABRIC, usage: knownOf(...TOLD, usageOf({ observer: "o3" })) }));
  expect(ask(api, "/v1/usage", { headers: { "if-none-match": etag } }).status).toBe(200);
});

test("CSV has a line for each row, and numbers as they are", () => {
  const { text, headers, status } = ask(opened(), "/v1/usage.csv?organization=acme&from=2026-11-28T12:00:00Z");
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    "content-type": "text/csv; charset=utf-8; header=present",
    "content-disposition": 'attachment; filename="usage.csv"',
  });
  expect(text).toBe(
    [
      "hour,organization,partition,observer,relay,class,packets,bytes,claimed",
      "2026-11-28T12:00:00.000Z,acme,north,o1,r1,bulk,12,3000,3456",
      "2026-11-28T12:00:00.000Z,acme,north,o1,,,3,4,",
      "2026-11-28T12:00:00.000Z,acme,north,o2,r1,bulk,12,3000,3456",
      "",
    ].join("\r\n"),
  );
});

test.each([
  ["=HYPERLINK(1)", "'=HYPERLINK(1)"],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@SUM(1)", "'@SUM(1)"],
  ["\t=1", "'\t=1"],
  ["\r=1", '"\'\r=1"'],
  ["＝1", "'＝1"],
  ['a"b', '"a""b"'],
  ["a,b", '"a,b"'],
  ['=1,"', '"\'=1,"""'],
  ["a\nb", '"a\nb"'],
  ["a=1", "a=1"],
])("a name %j is no formula, and no other cell", (name, cell) => {
  const relays = [{ relay: "r", class: "bulk", packets: 1, bytes: 2, claimed: 3 }];
  const usage = knownOf(usageOf({ organization: name, observer: "o", partition: "p", relays }));
  expect(ask(opened(usage), "/v1/usage.csv").text).toContain(`\r\n${timeOf(HOUR)},${cell},p,o,r,bulk,1,2,3\r\n`);
});

test("no rows that nobody knows of are no empty file, and are told in a list", () => {
  const api = opened(NO_USAGE);
  expect(read(api, "/v1/usage")).toMatchObject({ items: [], since: null, fault: NO_USAGE.fault });
  expect(ask(api, "/v1/usage.csv")).toMatchObject({
    text: "ERR_CONTROL_USAGE_UNKNOWN",
    headers: { "retry-after": "60" },
  });
});

test("a principal has so many tables of usage, and others have theirs", () => {
  const api = opened();
  const codes = Array.from({ length: USAGE_TABLES_AT_ONCE + 1 }, () => ask(api, "/v1/usage.csv").status);
  expect(codes).toEqual([...Array.from({ length: USAGE_TABLES_AT_ONCE }, () => 200), 0]);
  expect(ask(api, "/v1/usage.csv")).toMatchObject({ text: "ERR_CONTROL_BUSY", headers: { "retry-after": "1" } });
  expect(ask(api, "/v1/usage.csv", { principal: "user/bob" }).status).toBe(200);
  expect(ask(api, "/v1/usage.csv", { now: 1_000 }).status).toBe(200);
});

test("all rows that are kept fit into an answer", () => {
  const name = "n".repeat(63);
  const relays = Array.from({ length: USAGE_ROWS_MAX }, (_, at) => {
    const most = Number.MAX_SAFE_INTEGER;
    return { relay: `${at}`.padStart(63, "r"), class: name, packets: most, bytes: most, claimed: most };
  });
  const usage = knownOf(usageOf({ organization: name, partition: name, observer: name, relays }));
  const { text } = ask(opened(usage), "/v1/usage.csv");
  expect(text!.split("\r\n")).toHaveLength(USAGE_ROWS_MAX + 2);
  expect(text!.length).toBeLessThan(32 * 1_048_576);
});
