import { expect, test } from "vitest";
import type { ApiError, ApiRequest } from "../../src/api/exchange.ts";
import { REQUESTS_AT_ONCE } from "../../src/api/limits.ts";
import { Readers } from "../../src/api/readers.ts";

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
