import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { Api } from "../../src/api/api.ts";
import { newAudit } from "../api/an-audit.ts";
import type { ApiRequest } from "../../src/api/exchange.ts";
import { LOG_ASKS_AT_ONCE, LOG_READS_OF_ONE_MAX } from "../../src/api/limits.ts";
import { entriesFields } from "../../src/api/schemas.ts";
import { LogDesk } from "../../src/drivers/log-desk.ts";
import type { EntriesResource, EntryResource } from "../../src/fabric/resources.ts";
import type { Organizations } from "../../src/reader-rights.ts";
import { FABRIC, viewOf } from "../a-fabric.ts";
import { entriesOf, tellEntries } from "../api/a-log.ts";
import { type Answers, FakeAgent } from "./fake-agent.ts";

let folder: string;
let agent: FakeAgent;
let desk: LogDesk;
const clock = { now: 0 };

/** Nine entries: the third is no record, the fourth is of a kind that names nodes, the fifth is of the organization zenith. */
const ENTRIES = entriesOf(9, "main", (index) => (index === 3 ? null : index === 4 ? "role" : "service"));

function telling(entries: readonly EntryResource[] = ENTRIES): Answers {
  return (url, response) => {
    const query = new URLSearchParams(url.split("?")[1]);
    const part = {
      below: query.has("below") ? Number(query.get("below")) : undefined,
      count: Number(query.get("count") ?? 64),
    };
    const told = tellEntries(entries, part);
    const entry = entries.find(({ index }) => index === Number(query.get("index")));
    const one = {
      ...told,
      checkpoint: { index: 9, hash: entries.at(-1)!.hash },
      proof: "text",
      entry: entry === undefined ? null : { ...entry, octets: "AA==" },
    };
    say(200, url.startsWith("/log/entry") ? one : told)(url, response);
  };
}

const say =
  (status: number, body: unknown): Answers =>
  (_, response) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "log-desk-"));
  const path = join(folder, "agent.sock");
  agent = await FakeAgent.open(path, telling());
  const api = new Api({ cluster: "demo", version: "0.1.0", audit: newAudit(), recordOf: () => undefined });
  api.handleView(viewOf(FABRIC));
  desk = new LogDesk({ api, path, now: () => clock.now });
});
afterEach(async () => {
  await agent[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

interface Answered {
  readonly status: number;
  readonly etag: string | undefined;
  readonly body: EntriesResource & {
    readonly entry?: EntryResource & { readonly octets: string };
    readonly checkpoint?: unknown;
  };
}

async function ask(
  url: string,
  organizations: Organizations = "all",
  headers: ApiRequest["headers"] = {},
): Promise<Answered> {
  const [path = "", query = ""] = url.split("?");
  const request = {
    method: "GET",
    path: path.split("/").slice(1),
    query: new URLSearchParams(query),
    principal: "user/alice",
    headers,
  };
  const {
    status,
    headers: more,
    text = "{}",
  } = await desk.answer(request, { rights: { organizations, mayPropose: false }, now: 0 })!;
  return { status, etag: more["etag"], body: JSON.parse(text) as Answered["body"] };
}

const indices = ({ body }: Answered): readonly number[] => body.items.map(({ index }) => index);

test("entries are answered as of when, with a tag, in the form of the document", async () => {
  const { body, etag } = await ask("/v1/log/entries");
  expect(body).toMatchObject({ asOf: { replica: "c" }, log: "main", size: 9, gaps: [], breaks: [], next: null });
  expect(z.object(entriesFields).safeParse(body)).toMatchObject({ success: true });
  expect(body.items).toHaveLength(9);
  expect(await ask("/v1/log/entries", "all", { "if-none-match": etag })).toMatchObject({ status: 304 });
});

test("a reader of other organizations sees none of their records, and no octets that are no record", async () => {
  const others = new Set(["acme"]);
  expect(indices(await ask("/v1/log/entries", others))).toEqual([9, 8, 7, 6, 2, 1]);
  expect((await ask("/v1/log/entries", others)).body.gaps).toEqual([]);
  for (const index of [3, 4, 5]) {
    expect((await ask(`/v1/log/entries/${index}`)).status).toBe(200);
    await expect(ask(`/v1/log/entries/${index}`, others)).rejects.toMatchObject({ code: "ERR_CONTROL_ABSENT" });
  }
  expect(indices(await ask("/v1/log/entries", new Set(["zenith"])))).toContain(5);
});

test("filters pass entries of a kind, scope, subject", async () => {
  expect(indices(await ask("/v1/log/entries?kind=role"))).toEqual([4]);
  expect(indices(await ask("/v1/log/entries?scope=org/zenith"))).toEqual([5]);
  expect(indices(await ask("/v1/log/entries?subject=s7"))).toEqual([7]);
  expect(indices(await ask("/v1/log/entries?issuer=a"))).toEqual([]);
  // The agent is told what is wanted, so that it verifies nothing else.
  expect(agent.asked.at(1)).toBe("/log?count=64&scope=org%2Fzenith");
});

test("one entry comes with its octets and the checkpoint", async () => {
  const { body } = await ask("/v1/log/entries/6");
  expect(body).toMatchObject({ entry: { index: 6, octets: "AA==" }, checkpoint: { index: 9, proof: "text" } });
  for (const index of ["10", "0", "x", "1e1", "9007199254740993"])
    await expect(ask(`/v1/log/entries/${index}`)).rejects.toMatchObject({ code: "ERR_CONTROL_ABSENT" });
});

test.each([
  ["?below=0", "ERR_CONTROL_QUERY"],
  ["?below=3&after=x", "ERR_CONTROL_QUERY"],
  ["?colour=red", "ERR_CONTROL_QUERY"],
  ["?after=x", "ERR_CONTROL_CURSOR"],
])("%s is refused, and the agent is not asked", async (query, code) => {
  await expect(ask(`/v1/log/entries${query}`)).rejects.toMatchObject({ code });
  expect(agent.asked).toEqual([]);
});

const endless: Answers = (_, response) => {
  response.on("error", () => undefined).writeHead(200, { "content-type": "application/json" });
  const more = (): void => {
    while (!response.destroyed && response.write(" ".repeat(1_048_576)));
  };
  response.on("drain", more);
  more();
};

test.each<[string, Answers, string]>([
  ["is too busy", say(429, { code: "BUSY", message: "ask again" }), "ERR_CONTROL_BUSY"],
  ["is of an earlier version", say(404, { code: "ROUTE", message: "unknown route" }), "ERR_CONTROL_AGENT_SILENT"],
  ["answers without end", endless, "ERR_CONTROL_AGENT_SILENT"],
  ["answers what is no part of a log", say(200, { log: 7 }), "ERR_CONTROL_AGENT_SILENT"],
  [
    "tells another entry than was asked for",
    say(200, { ...tellEntries(ENTRIES, {}), entries: [{ ...ENTRIES[0], index: 10 }] }),
    "ERR_CONTROL_AGENT_SILENT",
  ],
  [
    "keeps no copy",
    say(200, { log: "main", copy: null, checkpoint: null, from: 1, entries: [], proof: null, entry: null }),
    "ERR_CONTROL_LOG_NONE",
  ],
])("an agent that %s is told so", async (_, answers, code) => {
  agent.answers = answers;
  await expect(ask("/v1/log/entries")).rejects.toMatchObject({ code });
});

test("an agent that fails to read its store is told so, in its own words to whoever sees all alone", async () => {
  agent.answers = say(503, { code: "STORE", message: "http://10.0.0.7:2379: no answer" });
  for (const url of ["/v1/log/entries", "/v1/log/entries/3"]) {
    await expect(ask(url)).rejects.toMatchObject({
      code: "ERR_CONTROL_LOG_STORE",
      message: expect.stringContaining("10.0.0.7"),
    });
    await expect(ask(url, new Set(["acme"]))).rejects.toMatchObject({
      code: "ERR_CONTROL_LOG_STORE",
      message: "the store of the log cannot be read",
    });
  }
  agent.answers = say(500, { code: "INTERNAL", message: "http://10.0.0.7:2379: no answer" });
  await expect(ask("/v1/log/entries", new Set(["acme"]))).rejects.toMatchObject({
    code: "ERR_CONTROL_AGENT_SILENT",
    message: "the agent does not answer",
  });
});

test("a page ends where the agent has no more time for it, and goes on from there", async () => {
  const entries = entriesOf(200);
  let asked = 0;
  agent.answers = (url, response) =>
    (++asked % 3 === 0 ? say(429, { code: "BUSY", message: "ask again" }) : telling(entries))(url, response);
  const told: number[] = [];
  let page = await ask("/v1/log/entries?limit=500");
  expect(indices(page)).toHaveLength(128);
  for (told.push(...indices(page)); page.body.next !== null; told.push(...indices(page)))
    page = await ask(`/v1/log/entries?limit=500&after=${page.body.next}`);
  expect(told).toEqual(entries.map(({ index }) => index).toReversed());
});

test("a principal that asks without a pause leaves the agent's time to others", async () => {
  const statuses: (string | number)[] = [];
  for (let each = 0; each <= LOG_ASKS_AT_ONCE; each++)
    statuses.push(
      await ask("/v1/log/entries/1").then(
        ({ status }) => status,
        ({ code }: { code: string }) => code,
      ),
    );
  expect(statuses.slice(-2)).toEqual([200, "ERR_CONTROL_BUSY"]);
  expect(agent.asked).toHaveLength(LOG_ASKS_AT_ONCE);
  await desk.read(new URLSearchParams(), "user/bob", { rights: { organizations: "all", mayPropose: false } });
  clock.now += 1_000;
  expect((await ask("/v1/log/entries/1")).status).toBe(200);
});

test("a principal has so many pages under way, and others have theirs", async () => {
  const held: (() => void)[] = [];
  const answers = telling();
  agent.answers = (url, response) => void held.push(() => answers(url, response));
  const pages = Array.from({ length: LOG_READS_OF_ONE_MAX }, () => ask("/v1/log/entries"));
  await vi.waitFor(() => expect(held).toHaveLength(LOG_READS_OF_ONE_MAX), { timeout: 30_000 });
  await expect(ask("/v1/log/entries")).rejects.toMatchObject({ code: "ERR_CONTROL_BUSY" });
  const other = desk.read(new URLSearchParams(), "user/bob", { rights: { organizations: "all", mayPropose: false } });
  await vi.waitFor(() => expect(held).toHaveLength(LOG_READS_OF_ONE_MAX + 1), { timeout: 30_000 });
  for (const answer of held) answer();
  expect(await Promise.all([...pages, other])).toHaveLength(LOG_READS_OF_ONE_MAX + 1);
  agent.answers = answers;
  expect(indices(await ask("/v1/log/entries"))).toHaveLength(9);
});
