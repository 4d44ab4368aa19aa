import { describeRecord, readFact } from "@florenetes/facts";
import { entriesAfter, type Entry, LogError, originOf, readEntry } from "@florenetes/facts/log";
import { AdminAnswer, AdminText } from "@florenetes/process-kit";
import { expect, test } from "vitest";
import { ENTRIES_SIZE_MAX, ENTRIES_TOLD_MAX, type LogState, logQuestions } from "../../src/admin/log-questions.ts";
import { HeldRecords } from "../../src/agent/records/held-records.ts";
import { nothingKept } from "../agent/nothing-kept.ts";
import { DAY, DemoCluster } from "../demo-records.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const cluster = new DemoCluster(NOW - DAY);
const records = new HeldRecords(
  { cluster: "demo", node: "a", fingerprint: cluster.fingerprint, development: false },
  nothingKept(),
  NOW,
);
const [first, second] = [1, 2].map((epoch) => cluster.service("web", ["b"], { epoch })) as [Buffer, Buffer];
for (const octets of [cluster.root, first, second])
  expect(records.offer(octets, NOW)).toMatchObject({ isAccepted: true });

/** A log with these records, whose entries after `seen` nothing has proven yet. */
interface Log {
  readonly entries: readonly Entry[];
  readonly state: LogState;
}

function logOf(octets: readonly Uint8Array[], seen = octets.length): Log {
  const entries = entriesAfter(originOf("demo", "main"), octets);
  const head = entries[seen - 1] ?? originOf("demo", "main");
  return {
    entries,
    state: { name: "main", hasStore: true, store: { seen: head, isWhole: true }, confirmed: undefined },
  };
}

interface Asked {
  readonly status: number;
  readonly body: Record<string, unknown> & { readonly entries: readonly Told[]; readonly from: number };
}
interface Told {
  readonly index: number;
  readonly record: Record<string, unknown> | null;
}

/** Asks about a log whose store gives `stored` instead of its entries, a few at a time. */
function asking(log: Log, stored = log.entries.map(({ octets }) => octets), now = () => 0, atOnce = 5) {
  const reads: number[] = [];
  const routes = logQuestions({
    cluster: "demo",
    stateOf: () => log.state,
    read: async (from, count) => {
      reads.push(from);
      return stored
        .filter((octets) => octets[0] !== 1 || readEntry(octets)!.index >= from)
        .slice(0, Math.min(count, atOnce));
    },
    bookOf: () => records.book,
    now,
    wallClock: () => NOW,
  });
  const ask = async (url: string): Promise<Asked> => {
    const [path, query] = url.split("?");
    const answer = await routes[path!]!(new URLSearchParams(query));
    if (answer instanceof AdminAnswer) return answer as never;
    const text = answer instanceof AdminText ? answer.text : JSON.stringify(answer);
    return { status: 200, body: JSON.parse(text) as Asked["body"] };
  };
  return { ask, reads };
}

const WEB = logOf([cluster.root, first, second, Buffer.from("no record")]);

test("entries are told the newest first, with the words of their records and whose signatures hold", async () => {
  const { body } = await asking(WEB).ask("/log");
  const { index: size, hash: head } = WEB.entries[3]!;
  expect(body).toMatchObject({ log: "main", copy: { size, head, isWhole: true }, checkpoint: null, from: 1 });
  expect(body.entries.map(({ index }) => index)).toEqual([4, 3, 2, 1]);
  expect(body.entries[0]).toEqual({ index: 4, prior: WEB.entries[2]!.hash, hash: head, record: null });
  const fact = readFact(second, "demo");
  if (typeof fact === "string") throw new Error(fact);
  expect(body.entries[1]!.record).toEqual({
    id: fact.id,
    kind: "service",
    scope: "cluster",
    subject: "web",
    epoch: 2,
    generation: 1,
    issued: new Date(NOW - DAY).toISOString(),
    expires: new Date(NOW + 29 * DAY).toISOString(),
    authority: "control",
    issuer: null,
    void: false,
    signed: expect.arrayContaining(["k1", "k2"]),
    isInForce: true,
    words: describeRecord(fact).split("\n"),
  });
  expect(body.entries.map(({ record }) => record?.["isInForce"])).toEqual([undefined, true, false, true]);
});

test("a signature that is wrong, or of somebody whom the root does not list, names nobody", async () => {
  const stranger = new DemoCluster(NOW - DAY).service("web", ["b"], { epoch: 3 });
  const broken = Buffer.from(second);
  broken[broken.length - 1]! ^= 1;
  const { body } = await asking(logOf([stranger, broken])).ask("/log");
  expect(body.entries.map(({ record }) => record?.["signed"])).toEqual([[expect.any(String)], []]);
  expect(body.entries[1]!.record).toMatchObject({ isInForce: false });
});

test("a page has as many as are asked for, below an index, and says how low it has looked", async () => {
  const log = logOf(Array.from({ length: 200 }, (_, at) => Buffer.from(`none ${at}`)));
  const { ask } = asking(log);
  const indices = async (url: string): Promise<readonly [number, number, number]> => {
    const { body } = await ask(url);
    return [body.entries[0]?.index ?? 0, body.entries.at(-1)?.index ?? 0, body.from];
  };
  expect(await indices("/log")).toEqual([200, 200 - ENTRIES_TOLD_MAX + 1, 200 - ENTRIES_TOLD_MAX + 1]);
  expect(await indices("/log?below=10&count=4")).toEqual([9, 6, 6]);
  expect(await indices("/log?below=3&count=4")).toEqual([2, 1, 1]);
  expect(await indices("/log?below=1")).toEqual([0, 0, 1]);
  expect(await indices(`/log?below=${Number.MAX_SAFE_INTEGER}&count=1`)).toEqual([200, 200, 200]);
});

test("a page ends at its size, with one entry at least", async () => {
  // Each of these marks of three octets is nine characters of an answer.
  const large = cluster.control({ kind: "later", subject: "x", body: { text: "\u202e".repeat(5_000) } });
  const log = logOf(Array.from({ length: 40 }, () => large));
  const { body } = await asking(log).ask("/log");
  expect(body.entries.length).toBeLessThan(40);
  expect(body.from).toBe(body.entries.at(-1)!.index);
  expect(JSON.stringify(body.entries).length).toBeLessThan(ENTRIES_SIZE_MAX + 200_000);
});

test("entries that the store lacks, or that are none, are not told, and neither are those that nothing has proven", async () => {
  const log = logOf([cluster.root, first, second, second, second], 4);
  const stored = log.entries.filter(({ index }) => index !== 2).map(({ octets }) => octets);
  const { body } = await asking(log, stored).ask("/log");
  expect(body.entries.map(({ index }) => index)).toEqual([4, 3, 1]);
  expect(body.from).toBe(1);
  const { body: none } = await asking(log, [Buffer.from("garbage")]).ask("/log");
  expect(none).toMatchObject({ entries: [], from: 1 });
});

test("entries of other records than are asked for are told by their places alone, and nothing of them is verified", async () => {
  const log = logOf([cluster.root, first, second, Buffer.from("no record")]);
  const { ask } = asking(log);
  for (const [query, wanted] of [
    ["kind=service", [3, 2]],
    ["kind=service&subject=web&scope=cluster", [3, 2]],
    ["kind=root", [1]],
    ["subject=mail", []],
    ["issuer=a", []],
  ] as const) {
    const { entries } = (await ask(`/log?${query}`)).body;
    expect(entries.map(({ index }) => index)).toEqual([4, 3, 2, 1]);
    expect(entries.filter((told) => "record" in told).map(({ index }) => index)).toEqual(wanted);
  }
});

test("an answer is of one moment, however the log grows meanwhile", async () => {
  const state = { ...WEB.state };
  const log = { ...WEB, state };
  const grown = logOf([cluster.root, first, second, Buffer.from("no record"), Buffer.from("more")]);
  const routes = logQuestions({
    cluster: "demo",
    stateOf: () => log.state,
    read: async (from, count) => {
      log.state = grown.state;
      return grown.entries.map(({ octets }) => octets).slice(from - 1, from - 1 + count);
    },
    bookOf: () => records.book,
    now: () => 0,
    wallClock: () => NOW,
  });
  const { text } = (await routes["/log"]!(new URLSearchParams())) as AdminText;
  expect(JSON.parse(text)).toMatchObject({
    copy: { size: 4, head: WEB.entries[3]!.hash },
    entries: [{ index: 4 }, {}, {}, {}],
  });
});

test("a store that fails is told as such, and is no mistake of the program", async () => {
  const routes = logQuestions({
    cluster: "demo",
    stateOf: () => WEB.state,
    read: () => Promise.reject(new LogError("ERR_LOG_STORE_UNREACHABLE", "http://10.0.0.7:2379: away")),
    bookOf: () => records.book,
    now: () => 0,
    wallClock: () => NOW,
  });
  for (const route of ["/log", "/log/entry"])
    expect(await routes[route]!(new URLSearchParams("index=1"))).toMatchObject({
      status: 503,
      body: { code: "STORE" },
    });
});

test("an answer ends where the time for it is spent, and others of the process have their turns between its entries", async () => {
  const log = logOf(Array.from({ length: 64 }, () => second));
  // Each look at the clock is 10 ms later.
  const clock = { now: 0 };
  const { ask } = asking(log, undefined, () => (clock.now += 10), 64);
  let turns = 0;
  const turn = (): void => void (turns++, (timer = setImmediate(turn)));
  let timer = setImmediate(turn);
  const { body } = await ask("/log");
  clearImmediate(timer);
  expect(body.entries.length).toBeGreaterThan(0);
  expect(body.entries.length).toBeLessThan(64);
  expect(body.from).toBe(body.entries.at(-1)!.index);
  expect(turns).toBeGreaterThanOrEqual(body.entries.length);
});

test("one entry is told with its octets, by which anybody sees its hash", async () => {
  const { ask } = asking(WEB);
  const { entry } = (await ask("/log/entry?index=2")).body as unknown as { entry: { octets: string; hash: string } };
  expect(readEntry(Buffer.from(entry.octets, "base64"))).toMatchObject({ index: 2, hash: entry.hash });
  expect((await ask("/log/entry?index=5")).body).toMatchObject({ entry: null });
});

test("a node that keeps no copy says so, and reads nothing", async () => {
  const { ask, reads } = asking({ ...WEB, state: { ...WEB.state, hasStore: false, store: undefined } });
  expect((await ask("/log")).body).toMatchObject({ log: "main", copy: null, entries: [] });
  expect((await ask("/log/entry?index=1")).body).toMatchObject({ copy: null, entry: null });
  expect(reads).toEqual([]);
});

test.each([
  "/log?below=0",
  "/log?below=x",
  `/log?count=${ENTRIES_TOLD_MAX + 1}`,
  "/log?below=1e3",
  "/log/entry",
  "/log/entry?index=-1",
])("%s is the mistake of whoever asks", async (url) => {
  await expect(asking(WEB).ask(url)).rejects.toMatchObject({ code: "ERR_FABRIC_LOG_ENTRY" });
});

test("whoever asks without a pause is told to wait", async () => {
  const clock = { now: 0 };
  const { ask } = asking(WEB, undefined, () => (clock.now += 100));
  const statuses: number[] = [];
  for (let each = 0; each < 5; each++) statuses.push((await ask("/log")).status);
  expect(statuses).toContain(429);
  expect(statuses[0]).toBe(200);
});

test("the checkpoint of the copy is told, and is a record to verify where it is held", async () => {
  const confirmed = { index: 2, hash: WEB.entries[1]!.hash };
  const { ask } = asking({ ...WEB, state: { ...WEB.state, confirmed } });
  expect((await ask("/log")).body).toMatchObject({ checkpoint: confirmed });
  expect((await ask("/log/entry?index=1")).body).toMatchObject({ checkpoint: confirmed, proof: null });
});
