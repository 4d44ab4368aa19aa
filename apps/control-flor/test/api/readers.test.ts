import { expect, test } from "vitest";
import type { ApiError, ApiRequest } from "../../src/api/exchange.ts";
import { REQUESTS_AT_ONCE } from "../../src/api/limits.ts";
import { Readers } from "../../src/api/readers.ts";
import type { Organizations } from "../../src/reader-rights.ts";
import { recordOf, viewOf } from "../a-fabric.ts";

const RIGHTS = { organizations: "all" as const, mayPropose: false };
const OPTIONS = { readers: new Map([["user/alice", RIGHTS]]), hosts: new Set(["fabric.example"]) };

const PATH = ["v1", "nodes"];

function requestOf(
  headers: ApiRequest["headers"],
  { principal = "user/alice", method = "GET", path = PATH } = {},
): ApiRequest {
  return { method, path, query: new URLSearchParams(), principal, headers };
}

function outcome(request: ApiRequest, readers = new Readers(OPTIONS)): string {
  try {
    readers.admit(request, 0);
    return "admitted";
  } catch (error) {
    return (error as ApiError).code;
  }
}

test.each(["localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080", "fabric.example:443"])(
  "host %s is ours",
  (host) => {
    expect(outcome(requestOf({ host }))).toBe("admitted");
  },
);

test.each(["evil.example", "localhost.evil.example", "localhost:8080.evil", "fabric.example.", "[::2]", "", undefined])(
  "host %s is not ours: a page of another site may have sent the request",
  (host) => {
    expect(outcome(requestOf({ host }))).toBe("ERR_CONTROL_FOREIGN_HOST");
  },
);

test("a connection that proves nobody is told why, and closed; of another site it is told nothing of that", () => {
  const request = {
    ...requestOf({ host: "localhost" }, { principal: "" }),
    unproven: "the connection shows no certificate",
  };
  const readers = new Readers(OPTIONS);
  expect(outcome(request, readers)).toBe("ERR_CONTROL_CERTIFICATE");
  expect(() => readers.admit(request, 0)).toThrow(expect.objectContaining({ message: request.unproven }));
  expect(outcome({ ...request, headers: { host: "evil.example" } }, readers)).toBe("ERR_CONTROL_FOREIGN_HOST");
  const outcomes = Array.from({ length: REQUESTS_AT_ONCE + 1 }, () => outcome(request, readers));
  expect(outcomes.at(-1)).toBe("ERR_CONTROL_BUSY");
  // Whoever is proven, and no reader, has a rate apart; and the name of a reader gives nothing to who does not prove it.
  expect(outcome(requestOf({ host: "localhost" }, { principal: "user/bob" }), readers)).toBe("ERR_CONTROL_READER");
  expect(outcome({ ...request, principal: "user/alice" })).toBe("ERR_CONTROL_CERTIFICATE");
  expect(outcome(requestOf({ host: "localhost" }), readers)).toBe("admitted");
});

test.each([
  [{ host: "localhost:8080" }, "admitted"],
  [{ host: "localhost:8080", origin: "http://localhost:8080" }, "admitted"],
  [{ host: "localhost:8080", "sec-fetch-site": "same-origin" }, "admitted"],
  [{ host: "localhost:8080", "sec-fetch-site": "none" }, "admitted"],
  [{ host: "localhost:8080", origin: "http://localhost:9090" }, "ERR_CONTROL_FOREIGN_PAGE"],
  [{ host: "localhost:8080", origin: "https://evil.example" }, "ERR_CONTROL_FOREIGN_PAGE"],
  [{ host: "localhost:8080", origin: "null" }, "ERR_CONTROL_FOREIGN_PAGE"],
  [{ host: "localhost:8080", "sec-fetch-site": "cross-site" }, "ERR_CONTROL_FOREIGN_PAGE"],
  [{ host: "localhost:8080", "sec-fetch-site": "same-site" }, "ERR_CONTROL_FOREIGN_PAGE"],
])("a change, or a question, with the headers %j is %s", (headers, expected) => {
  expect(outcome(requestOf(headers, { method: "POST" }))).toBe(expected);
  expect(outcome(requestOf(headers))).toBe(expected);
});

const LINK = { host: "localhost", "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };

test.each([
  ["a window", "document", {}, "admitted"],
  ["a frame", "iframe", {}, "ERR_CONTROL_FOREIGN_PAGE"],
  ["a window for an answer", "document", { path: PATH }, "ERR_CONTROL_FOREIGN_PAGE"],
  ["a window by a form", "document", { method: "POST" }, "ERR_CONTROL_FOREIGN_PAGE"],
])("another site that opens %s (%s, %j) is %s", (_, destination, changes, expected) => {
  const request = requestOf({ ...LINK, "sec-fetch-dest": destination }, { path: [""], ...changes });
  expect(outcome(request)).toBe(expected);
});

test("pages of other sites take none of the requests of the user in whose browser they are", () => {
  const readers = new Readers(OPTIONS);
  const foreign = [{ host: "evil.example" }, { host: "localhost", "sec-fetch-site": "cross-site" }];
  for (const headers of foreign) {
    for (const method of ["GET", "POST"]) {
      for (let each = 0; each < 300; each++) outcome(requestOf(headers, { method }), readers);
    }
  }
  expect(outcome(requestOf({ host: "localhost" }, { method: "POST" }), readers)).toBe("admitted");
});

test("whoever is no reader is told so, and counted apart from readers", () => {
  const readers = new Readers(OPTIONS);
  const stranger = requestOf({ host: "localhost" }, { principal: "user/mallory" });
  for (let each = 0; each < 200; each++) expect(outcome(stranger, readers)).toBe("ERR_CONTROL_READER");
  expect(outcome(stranger, readers)).toBe("ERR_CONTROL_BUSY");
  expect(outcome(requestOf({ host: "localhost" }), readers)).toBe("admitted");
});

test("200 requests are answered at once, and 100 a second", () => {
  const readers = new Readers(OPTIONS);
  const request = requestOf({ host: "localhost" });
  for (let each = 0; each < 200; each++) readers.admit(request, 0);
  expect(outcome(request, readers)).toBe("ERR_CONTROL_BUSY");
  for (let each = 0; each < 100; each++) readers.admit(request, 1_000);
  expect(() => readers.admit(request, 1_000)).toThrow(expect.objectContaining({ headers: { "retry-after": "1" } }));
});

test("a reader whom a new config leaves out is none any more", () => {
  const readers = new Readers(OPTIONS);
  readers.handleConfig({ ...OPTIONS, readers: new Map() });
  expect(outcome(requestOf({ host: "localhost" }), readers)).toBe("ERR_CONTROL_READER");
});

/** Readers of organizations, as `user/acme-1`, and the budgets of requests that are in force. */
function budgeted(limits: Readonly<Record<string, number>>): Readers {
  const rights = (organizations: Organizations) => ({ organizations, mayPropose: false });
  const readers = new Readers({
    readers: new Map([
      ["user/acme-1", rights(new Set(["acme"]))],
      ["user/acme-2", rights(new Set(["acme"]))],
      ["user/both", rights(new Set(["free", "acme"]))],
      ["user/other", rights(new Set(["other"]))],
      ["user/none", rights(new Set())],
      ["user/all", rights("all")],
    ]),
    hosts: new Set(),
  });
  readers.handleView(budgetsOf(limits));
  return readers;
}

const budgetsOf = (limits: Readonly<Record<string, number>>) =>
  viewOf({
    records: {
      budget: Object.entries(limits).map(([name, most]) =>
        recordOf(name, {
          limits: [
            { of: "later", most: 0 },
            { of: "requests", most },
          ],
        }),
      ),
    },
  });

/** How many of so many requests of a principal are answered, and the last refusal. */
function answered(readers: Readers, name: string, count: number, now: number): readonly [number, ApiError | undefined] {
  let [good, error]: [number, ApiError | undefined] = [0, undefined];
  for (let at = 0; at < count; at++) {
    try {
      readers.admit(requestOf({ host: "localhost" }, { principal: `user/${name}` }), now);
      good++;
    } catch (thrown) {
      error = thrown as ApiError;
    }
  }
  return [good, error];
}

test("principals of an organization share its budget of requests, which comes back in a minute", () => {
  const readers = budgeted({ acme: 30, other: 60 });
  expect(answered(readers, "acme-1", 20, 0)).toEqual([20, undefined]);
  const [good, error] = answered(readers, "acme-2", 20, 0);
  expect(good).toBe(10);
  expect(error).toMatchObject({ code: "ERR_CONTROL_QUOTA", headers: { "retry-after": "2" } });
  expect(error!.message).toContain("the budget of acme allows 30 requests a minute, until 2026-11-28T12:01:00.000Z");
  expect(error!.more).toMatchObject({ quota: { organization: "acme", of: "requests", most: 30, record: "acme-id" } });
  expect(answered(readers, "both", 1, 0)[0]).toBe(0);
  for (const name of ["other", "none", "all"]) expect(answered(readers, name, 40, 0)[0]).toBe(40);
  // Two seconds are one request, and however long nobody asks, no more than a minute's are there at once.
  expect(answered(readers, "acme-1", 5, 2_000)[0]).toBe(1);
  expect(answered(readers, "acme-1", 60, 3_600_000)[0]).toBe(30);
});

test("a budget that is signed anew gives nothing more, another one counts at once, and one of none refuses all", () => {
  const readers = budgeted({ acme: 5 });
  expect(answered(readers, "acme-1", 9, 0)[0]).toBe(5);
  readers.handleView(budgetsOf({ acme: 5 }));
  expect(answered(readers, "acme-1", 9, 0)[0]).toBe(0);
  readers.handleView(budgetsOf({ acme: 0 }));
  const [good, error] = answered(readers, "acme-1", 9, 60_000);
  expect([good, error?.headers]).toEqual([0, { "retry-after": "3600" }]);
  readers.handleView(budgetsOf({}));
  expect(answered(readers, "acme-1", 9, 60_000)[0]).toBe(9);
});
