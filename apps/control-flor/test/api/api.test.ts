import { expect, test } from "vitest";
import { Api } from "../../src/api/api.ts";
import { newAudit } from "./an-audit.ts";
import { ApiError, type ApiAnswer, type ApiRequest } from "../../src/api/exchange.ts";
import { requireMethod } from "../../src/api/methods.ts";
import { openApiOf } from "../../src/api/open-api.ts";
import { API_ROUTES } from "../../src/api/routes.ts";
import {
  budgetForm,
  collectionForm,
  nodeForm,
  releaseForm,
  routeForm,
  serviceForm,
  verdictForm,
} from "../../src/api/schemas.ts";
import type { BudgetResource, CollectionResource, ReleaseResource } from "../../src/fabric/resources.ts";
import type { Organizations } from "../../src/reader-rights.ts";
import { budgetRecord, collectionRecord, FABRIC, nodeRecord, releaseRecord, viewOf, WALL } from "../a-fabric.ts";

const SECOND_MS = 1_000;

function opened(fabric = FABRIC): Api {
  const api = new Api({ cluster: "demo", version: "0.1.0", audit: newAudit(), recordOf: () => undefined });
  api.handleView(viewOf(fabric));
  return api;
}

interface Asked {
  readonly organizations?: Organizations;
  readonly headers?: ApiRequest["headers"];
  readonly method?: string;
  /** Monotonic: views are told at 0. */
  readonly now?: number;
}

function ask(
  api: Api,
  url: string,
  { organizations = "all", headers = {}, method = "GET", now = 0 }: Asked = {},
): ApiAnswer {
  const [path = "", query = ""] = url.split("?");
  const request = {
    method,
    path: path.split("/").slice(1),
    query: new URLSearchParams(query),
    principal: "user/alice",
    headers,
  };
  return api.answer(request, { rights: { organizations, mayPropose: false }, now });
}

function read(answer: ApiAnswer): Record<string, unknown> {
  return JSON.parse(answer.text!) as Record<string, unknown>;
}

function refusal(ask: () => unknown): string | undefined {
  try {
    ask();
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    throw error;
  }
}

test("each answer says by whom, of when and as of which checkpoint it is, and when it is STALE", () => {
  const checkpoint = { index: 7, epoch: 7, issued: new Date(WALL).toISOString() };
  const log = { name: "l", store: null, forks: [], checkpoint, signers: ["c"], isStale: false, differing: [] };
  const api = opened({ ...FABRIC, status: { log } });
  expect(read(ask(api, "/v1/verdict", { now: SECOND_MS }))["asOf"]).toEqual({
    replica: "c",
    read: new Date(WALL).toISOString(),
    ageMs: 1_000,
    checkpoint,
    isStale: false,
    why: null,
  });
  api.handleView(viewOf({ ...FABRIC, status: { log: { ...log, isStale: true } } }));
  expect(read(ask(api, "/v1/log"))["asOf"]).toMatchObject({
    isStale: true,
    why: expect.stringContaining("checkpoint"),
  });
});

test.each([
  { told: "young", ageMs: 10_000, isStale: false },
  { told: "old", ageMs: 10_001, isStale: true },
  { told: "old, of an agent whose looks take long", periodMs: 8_000, ageMs: 24_000, isStale: false },
  { told: "older than three looks", periodMs: 8_000, ageMs: 24_001, isStale: true },
  { told: "young, by a clock that was put back", wall: WALL + 3_600 * SECOND_MS, ageMs: 10_000, isStale: false },
  { told: "old, by a clock that was put back", wall: WALL + 3_600 * SECOND_MS, ageMs: 10_001, isStale: true },
])("what is $told is stale: $isStale", ({ ageMs, isStale, periodMs = SECOND_MS, wall = WALL }) => {
  const api = opened();
  api.handleView({ ...viewOf(FABRIC), periodMs, wall });
  expect(read(ask(api, "/v1/verdict", { now: ageMs }))["asOf"]).toMatchObject({ ageMs, isStale });
});

test("what is told is stale at once where the agent does not answer, until it does", () => {
  const api = opened();
  const isStale = (): boolean => (read(ask(api, "/v1/nodes"))["asOf"] as { isStale: boolean }).isStale;
  const { etag } = ask(api, "/v1/nodes").headers;
  expect(isStale()).toBe(false);
  api.handleSilence();
  api.handleSilence();
  expect(isStale()).toBe(true);
  expect(ask(api, "/v1/nodes").headers).toMatchObject({ etag });
  api.handleView(viewOf(FABRIC));
  expect(isStale()).toBe(false);
});

test("answers are in the forms of the OpenAPI document", () => {
  const api = opened();
  const items = (url: string): readonly unknown[] => read(ask(api, url))["items"] as readonly unknown[];
  for (const node of items("/v1/nodes")) expect(nodeForm.parse(node)).toEqual(node);
  for (const service of items("/v1/services")) expect(serviceForm.parse(service)).toEqual(service);
  for (const route of items("/v1/routes")) expect(routeForm.parse(route)).toEqual(route);
  const { verdict } = read(ask(api, "/v1/verdict"));
  expect(verdictForm.parse(verdict)).toEqual(verdict);
});

test.each([
  ["/v1/nodes?organization=zenith", ["z"]],
  ["/v1/nodes?role=relay", ["b"]],
  ["/v1/nodes?state=silent", ["z"]],
  ["/v1/nodes?service=web&organization=acme", ["a", "b"]],
  ["/v1/services?scope=org/zenith", ["mail"]],
  ["/v1/services?state=degraded", ["web"]],
  ["/v1/services?host=b", ["db", "web"]],
])("%s has %j", (url, names) => {
  expect((read(ask(opened(), url))["items"] as readonly { name: string }[]).map(({ name }) => name)).toEqual(names);
});

test("releases are told to all readers, and found by their channels", () => {
  const api = opened({ records: { release: [releaseRecord("stable", "0.2.0"), releaseRecord("beta", "0.3.0")] } });
  const found = (url: string): readonly string[] => {
    const { items } = read(ask(api, url, { organizations: new Set<string>() })) as {
      readonly items: readonly ReleaseResource[];
    };
    for (const item of items) expect(releaseForm.parse(item)).toEqual(item);
    return items.map(({ channel }) => channel);
  };
  expect(found("/v1/releases")).toEqual(["beta", "stable"]);
  expect(found("/v1/releases?channel=stable")).toEqual(["stable"]);
});

test("collections are told to readers of their organizations, and found by scope, state and holder", () => {
  const collection = [
    collectionRecord("backups", ["a", "b"]),
    collectionRecord("backups", ["b", "z"], "org/zenith"),
    collectionRecord("archive", ["a", "gone"], "org/acme"),
  ];
  const api = opened({ records: { ...FABRIC.records, collection } });
  const found = (query: string, organizations: Organizations = "all"): readonly string[] => {
    const { items } = read(ask(api, `/v1/collections${query}`, { organizations })) as {
      readonly items: readonly CollectionResource[];
    };
    for (const item of items) expect(collectionForm.parse(item)).toEqual(item);
    return items.map(({ scope, name }) => `${scope}/${name}`);
  };
  const [shared, acme, zenith] = ["cluster/backups", "org/acme/archive", "org/zenith/backups"];
  expect(found("")).toEqual([shared, acme, zenith]);
  expect(found("", new Set(["acme"]))).toEqual([shared, acme]);
  expect(found("?scope=org/zenith")).toEqual([zenith]);
  expect(found("?holder=b")).toEqual([shared, zenith]);
  expect(found("?state=held")).toEqual([shared]);
});

test("budgets are told to readers of their organizations, and found by them", () => {
  const records = { budget: [budgetRecord("zenith", { nodes: 5 }), budgetRecord("acme", { leases: 7 })] };
  const api = opened({ records });
  const found = (url: string, organizations: Organizations = "all"): readonly string[] => {
    const { items } = read(ask(api, url, { organizations })) as { readonly items: readonly BudgetResource[] };
    for (const item of items) expect(budgetForm.parse(item)).toEqual(item);
    return items.map(({ organization }) => organization);
  };
  expect(found("/v1/budgets")).toEqual(["acme", "zenith"]);
  expect(found("/v1/budgets?organization=zenith")).toEqual(["zenith"]);
  expect(found("/v1/budgets", new Set(["acme"]))).toEqual(["acme"]);
  expect(found("/v1/budgets?organization=zenith", new Set(["acme"]))).toEqual([]);
});

test.each([
  ["/v1/routes?origin=a", 1],
  ["/v1/routes?via=r", 2],
  ["/v1/routes?via=b", 0],
  ["/v1/routes?state=failed", 0],
  ["/v1/pools", 0],
])("%s has %i", (url, count) => {
  expect(read(ask(opened(), url))["items"]).toHaveLength(count);
});

test("pages follow each other until the end, and miss nothing where an item between them goes", () => {
  const node = Array.from({ length: 7 }, (_, at) => nodeRecord(`n${at}`));
  const api = opened({ records: { node } });
  const page = (
    after: string | null,
    organizations: Organizations = "all",
  ): { items: { name: string }[]; next: string | null } =>
    read(ask(api, `/v1/nodes?limit=3${after === null ? "" : `&after=${after}`}`, { organizations })) as never;
  const first = page(null);
  expect(first.items.map(({ name }) => name)).toEqual(["n0", "n1", "n2"]);
  api.handleView(viewOf({ records: { node: node.filter(({ subject }) => subject !== "n2") } }));
  const second = page(first.next);
  expect(second.items.map(({ name }) => name)).toEqual(["n3", "n4", "n5"]);
  expect(page(second.next)).toMatchObject({ items: [{ name: "n6" }], next: null });
});

test.each([
  ["/v1/nodes?limit=0", "ERR_CONTROL_QUERY"],
  ["/v1/nodes?limit=501", "ERR_CONTROL_QUERY"],
  ["/v1/nodes?limit=1e2x", "ERR_CONTROL_QUERY"],
  ["/v1/nodes?colour=red", "ERR_CONTROL_QUERY"],
  ["/v1/nodes?role=a&role=b", "ERR_CONTROL_QUERY"],
  [`/v1/nodes?role=${"a".repeat(2_000)}`, "ERR_CONTROL_QUERY"],
  ["/v1/nodes?__proto__=a", "ERR_CONTROL_QUERY"],
  ["/v1/verdict?limit=3", "ERR_CONTROL_QUERY"],
  ["/v1/nodes?after=%20", "ERR_CONTROL_CURSOR"],
  ["/v1/nodes?after=~", "ERR_CONTROL_CURSOR"],
  ["/v1/nodes/nobody", "ERR_CONTROL_ABSENT"],
  ["/v1/nodes/__proto__", "ERR_CONTROL_ABSENT"],
  ["/v1/services/mail", "ERR_CONTROL_ABSENT"],
  ["/v1/nodes/a/b", "ERR_CONTROL_ROUTE"],
  ["/v2/nodes", "ERR_CONTROL_ROUTE"],
  ["/v1", "ERR_CONTROL_ROUTE"],
])("%s is refused as %s", (url, code) => {
  expect(refusal(() => ask(opened(), url))).toBe(code);
});

test("what a reader may not see is answered as what is not there", () => {
  const acme = { organizations: new Set(["acme"]) };
  expect(read(ask(opened(), "/v1/services/mail?scope=org/zenith"))["service"]).toMatchObject({ name: "mail" });
  expect(refusal(() => ask(opened(), "/v1/services/mail?scope=org/zenith", acme))).toBe("ERR_CONTROL_ABSENT");
  expect(refusal(() => ask(opened(), "/v1/nodes/z", acme))).toBe("ERR_CONTROL_ABSENT");
});

test("an answer that is the same has the same tag, and is not sent again", () => {
  const api = opened();
  const { etag } = ask(api, "/v1/services").headers;
  const later = { headers: { "if-none-match": `"x", ${etag}` }, now: 5 * SECOND_MS };
  expect(ask(api, "/v1/services", later)).toMatchObject({ status: 304, headers: { etag } });
  expect(ask(api, "/v1/services?state=down", later).status).toBe(200);
  api.handleView(viewOf({ ...FABRIC, records: { ...FABRIC.records, announce: [] } }));
  expect(ask(api, "/v1/services", later).status).toBe(200);
});

test("nothing is known before the agent has answered", () => {
  const api = new Api({ cluster: "demo", version: "0.1.0", audit: newAudit(), recordOf: () => undefined });
  expect(refusal(() => ask(api, "/v1/nodes"))).toBe("ERR_CONTROL_AGENT_SILENT");
  expect(ask(api, "/v1/openapi.json").status).toBe(200);
});

const paths = openApiOf(API_ROUTES, { cluster: "demo", version: "0.1.0" })["paths"] as Readonly<Record<string, object>>;

/** A stream is not told of by its head. */
const methodsOf = (path: string, operations: object): readonly string[] => [
  ...("get" in operations ? (path === "/v1/events" ? ["GET"] : ["GET", "HEAD"]) : []),
  ...("post" in operations ? ["POST"] : []),
];

test.each([
  ...Object.entries(paths).map(([path, operations]) => ({ path, methods: methodsOf(path, operations) })),
  { path: "/events", methods: ["GET"] },
])("$path answers $methods, as the OpenAPI document has it, and says so to any other method", ({ path, methods }) => {
  const parts = path
    .replace(/\{(?:id|index)\}/, "7")
    .replace("{name}", "a")
    .split("/")
    .slice(1);
  for (const method of ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
    const asked = (): void => requireMethod(method, parts);
    if (methods.includes(method)) expect(asked).not.toThrow();
    else
      expect(asked).toThrow(
        expect.objectContaining({ code: "ERR_CONTROL_METHOD", headers: { allow: methods.join(", ") } }),
      );
  }
});

test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])("%s is no way to ask", (method) => {
  expect(refusal(() => ask(opened(), "/v1/nodes", { method }))).toBe("ERR_CONTROL_METHOD");
  expect(refusal(() => ask(opened(), "/v1/audit", { method }))).toBe("ERR_CONTROL_METHOD");
  expect(refusal(() => ask(opened(), "/v1/nothing", { method }))).toBe("ERR_CONTROL_ROUTE");
});

test("what says how the fabric is has asOf and a tag, and nothing else has, as the OpenAPI document says", () => {
  const api = opened();
  for (const [path, operations] of Object.entries(paths)) {
    const { get } = operations as { readonly get?: { readonly responses: Readonly<Record<string, unknown>> } };
    // The agent is asked for entries of the log, and replicas for their audits: `log-desk.test.ts` and `audit-desk.test.ts` have them.
    const isAsked = path === "/v1/log/entries" || path === "/v1/audit/all";
    // A file of CSV has neither: `usage.test.ts` looks at it.
    const isText = path === "/v1/usage.csv";
    if (get === undefined || path.includes("{") || path === "/v1/events" || isAsked || isText) continue;
    const answer = ask(api, path);
    const isDated = "304" in get.responses;
    expect([path, "asOf" in read(answer), "etag" in answer.headers]).toEqual([path, isDated, isDated]);
    expect(JSON.stringify(get.responses["200"]).includes("asOf"), path).toBe(isDated);
  }
});

test("a reader finds its own requests in the audit, and all only if it sees all organizations", () => {
  const audit = newAudit();
  const api = new Api({ cluster: "demo", version: "0.1.0", audit, recordOf: () => undefined });
  const entry = {
    at: new Date(WALL).toISOString(),
    replica: "c",
    method: "GET",
    path: "/v1/nodes",
    status: 200,
    code: null,
  };
  audit.add({ ...entry, principal: "user/alice" });
  audit.add({ ...entry, principal: "user/bob" });
  audit.add({ ...entry, principal: "user/alice" });
  const numbers = (asked: Asked, url = "/v1/audit"): readonly number[] =>
    (read(ask(api, url, asked))["items"] as readonly { number: number }[]).map(({ number }) => number);
  expect(numbers({})).toEqual([3, 2, 1]);
  expect(numbers({ organizations: new Set() })).toEqual([3, 1]);
  const { next } = read(ask(api, "/v1/audit?limit=1"));
  expect(numbers({}, `/v1/audit?limit=1&after=${String(next)}`)).toEqual([2]);
  expect(read(ask(api, "/v1/audit"))).toMatchObject({ replica: null });
  api.handleView(viewOf(FABRIC));
  expect(read(ask(api, "/v1/audit"))).toMatchObject({ replica: "c", items: [{ replica: "c" }, {}, {}] });
  for (const [query, found] of [
    ["principal=user/bob", [2]],
    ["status=404", []],
    ["status=200&method=GET", [3, 2, 1]],
    ["code=ERR_CONTROL_BUSY", []],
  ] as const)
    expect(numbers({}, `/v1/audit?${query}`), query).toEqual(found);
  expect(numbers({ organizations: new Set() }, "/v1/audit?principal=user/bob")).toEqual([]);
  // Another replica's, and one that its disk has lost.
  const other = new Api({
    cluster: "demo",
    version: "0.1.0",
    audit: newAudit({ id: "f".repeat(16) }),
    recordOf: () => undefined,
  });
  const after = `/v1/audit?after=${String(next)}`;
  expect(refusal(() => ask(other, after))).toBe("ERR_CONTROL_AUDIT_OTHER");
  expect(refusal(() => ask(other, "/v1/audit?after=eA"))).toBe("ERR_CONTROL_CURSOR");
});
