import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@florenetes/process-kit";
import { nodeTime, type ProcessTime } from "@florenetes/scheduling";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  AGENT_PAGES_MAX,
  USAGE_HOURS_AGAIN,
  USAGE_HOURS_BACK,
  USAGE_LOOK_MS,
  USAGE_WHOLE_MS,
} from "../../src/drivers/limits.ts";
import { UsageReader } from "../../src/drivers/usage-reader.ts";
import { USAGE_HOURS, USAGE_ROWS_MAX } from "../../src/fabric/limits.ts";
import { HOUR_MS, type ToldUsage } from "../../src/fabric/told-usage.ts";
import { HOUR, timeOf, usageOf, writtenOf } from "../fabric/a-usage.ts";
import { type Answers, FakeAgent, refuse } from "./fake-agent.ts";

const PATIENCE = { timeout: 30_000 };

let folder: string;
let path: string;
const disposables: (Disposable | AsyncDisposable)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "usage-reader-"));
  path = join(folder, "agent.sock");
});
afterEach(async () => {
  await using stack = new AsyncDisposableStack();
  for (const each of disposables.splice(0)) stack.use(each);
  rmSync(folder, { recursive: true });
});

/** The time of a test: it passes where the test says so. */
class Clock {
  hour = HOUR;
  now = 0;

  get time(): ProcessTime {
    return { ...nodeTime, now: () => this.now, wallClock: () => new Date(this.hour * HOUR_MS + 1) };
  }
}

interface Reading {
  readonly agent: FakeAgent;
  readonly reader: UsageReader;
  readonly clock: Clock;
  readonly logged: readonly string[];
}

/** Lets a reader look once at an agent with these answers. */
async function read(answers: Answers): Promise<Reading> {
  const agent = await FakeAgent.open(path, answers);
  disposables.push(agent);
  const logged: string[] = [];
  const note = ({ code }: { readonly code: string }): void => void logged.push(code);
  const clock = new Clock();
  const log = { info: note, warn: note } as unknown as Logger;
  const reader = new UsageReader({ path, time: clock.time, log });
  disposables.push(reader);
  await reader.start();
  return { agent, reader, clock, logged };
}

/** The next look, which a timer would begin after a minute. */
async function again({ agent, reader }: Reading): Promise<readonly string[]> {
  agent.asked.length = 0;
  await reader.look();
  return agent.asked;
}

/** Tells as an agent does that holds this, with so many to a page. */
function holds(all: readonly ToldUsage[], most = 500): Answers {
  return (url, response) => {
    const query = new URLSearchParams(url.split("?")[1]);
    const [from, to] = [Date.parse(query.get("from")!) / HOUR_MS, Date.parse(query.get("to")!) / HOUR_MS];
    const found = all.filter(({ hour }) => hour >= from && hour <= to);
    const start = Number(query.get("after") ?? 0);
    const usage = found.slice(start, start + most).map(writtenOf);
    const next = start + most < found.length ? String(start + most) : null;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ node: "o1", usage, left: 0, next }));
  };
}

const placeOf = (from: number, to: number): string => `/usage?from=${timeOf(from)}&to=${timeOf(to)}`;
const hoursIn = ({ known: { rows } }: UsageReader): readonly string[] => [...new Set(rows.map(({ hour }) => hour))];

test("the newest hours are asked for first, and older ones back to 31 days", async () => {
  const hours = [HOUR - USAGE_HOURS, HOUR - USAGE_HOURS + 1, HOUR - 400, HOUR - 7, HOUR - 6, HOUR];
  const { agent, reader } = await read(holds(hours.map((hour) => usageOf({ hour }))));
  expect(hoursIn(reader)).toEqual(hours.slice(1).map(timeOf));
  expect(reader.known).toMatchObject({ since: timeOf(HOUR - USAGE_HOURS + 1), fault: null });
  expect(agent.asked.slice(0, 2)).toEqual([placeOf(HOUR - 6, HOUR + 1), placeOf(HOUR - 30, HOUR - 7)]);
  expect(agent.asked.length).toBe(1 + Math.ceil((USAGE_HOURS - USAGE_HOURS_AGAIN - 1) / USAGE_HOURS_BACK));
  expect(new Set(agent.asked).size).toBe(agent.asked.length);
});

test("a later look asks from the newest known hour minus six on, and for all once an hour", async () => {
  const all = [usageOf({ hour: HOUR - 300 }), usageOf({ hour: HOUR - 2 })];
  const reading = await read(holds(all));
  const { reader, clock, agent } = reading;
  const { known } = reader;
  expect(await again(reading)).toEqual([placeOf(HOUR - 8, HOUR + 1)]);
  expect(reader.known).toBe(known);
  agent.answers = holds([usageOf({ hour: HOUR - 1 })]);
  expect(await again(reading)).toEqual([placeOf(HOUR - 8, HOUR + 1)]);
  expect(hoursIn(reader)).toEqual([timeOf(HOUR - 300), timeOf(HOUR - 1)]);
  expect(await again(reading)).toEqual([placeOf(HOUR - 7, HOUR + 1)]);
  clock.now += USAGE_WHOLE_MS;
  expect((await again(reading)).length).toBeGreaterThan(30);
  expect(hoursIn(reader)).toEqual([timeOf(HOUR - 1)]);
});

test("the next look begins after a minute, by itself", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const { agent } = await read(holds([]));
    agent.asked.length = 0;
    vi.advanceTimersByTime(USAGE_LOOK_MS - 1);
    expect(agent.asked).toEqual([]);
    vi.advanceTimersByTime(1);
    vi.useRealTimers();
    await vi.waitFor(() => expect(agent.asked).toHaveLength(1), PATIENCE);
  } finally {
    vi.useRealTimers();
  }
});

test("no hours are passed over where the agent was silent for long, also where there was no usage", async () => {
  const reading = await read(holds([]));
  const { agent, clock, reader } = reading;
  agent.answers = (_, response) => void response.destroy();
  await again(reading);
  clock.hour += 50;
  agent.answers = holds([usageOf({ hour: HOUR + 1 })]);
  expect(await again(reading)).toEqual([placeOf(HOUR - 6, HOUR + 51)]);
  expect(hoursIn(reader)).toEqual([timeOf(HOUR + 1)]);
});

test("pages are followed to their end, and each hour is taken as a whole", async () => {
  const all = [HOUR - 2, HOUR - 1, HOUR].flatMap((hour) =>
    Array.from({ length: 10 }, (_, at) => usageOf({ hour, observer: `o${at}`, receipts: at })),
  );
  const reading = await read(holds(all, 7));
  expect(reading.reader.known.rows).toHaveLength(30);
  expect(reading.reader.known.rows.filter(({ isCounted }) => isCounted).map(({ observer }) => observer)).toEqual([
    "o9",
    "o9",
    "o9",
  ]);
});

test("an agent of an earlier version has no rows, and it is told as such, once in the log", async () => {
  const reading = await read((_, response) => refuse(response));
  const { reader, agent, logged } = reading;
  const fault = "the agent of this replica's node is of a version that tells no usage";
  expect(reader.known).toEqual({ rows: [], since: null, fault });
  expect(await again(reading)).toHaveLength(1);
  expect(logged).toEqual(["USAGE_UNREAD"]);
  agent.answers = holds([usageOf()]);
  await again(reading);
  expect(logged).toEqual(["USAGE_UNREAD", "USAGE_READ"]);
  expect(reader.known).toMatchObject({ fault: null, rows: [{ organization: "acme" }] });
});

/** An answer with this body as JSON. */
const say =
  (body: string): Answers =>
  (_, response) =>
    void response
      .on("error", () => undefined)
      .writeHead(200, { "content-type": "application/json" })
      .end(body);

const withUsage = (...usage: readonly unknown[]): Answers =>
  say(JSON.stringify({ node: "o1", usage, left: 0, next: null }));
const written = writtenOf(usageOf()) as Readonly<Record<string, unknown>>;
const withRelay = (change: object): Answers =>
  withUsage({ ...written, relays: [{ ...usageOf().relays[0], ...change }] });

test.each<readonly [string, Answers]>([
  ["that answers no JSON", say("{")],
  ["that answers null", say("null")],
  ["that answers another form", say('{"usage":{},"next":null}')],
  ["with rows that are none", withUsage(7)],
  ["with a time that is none", withUsage({ ...written, hour: "yesterday" })],
  ["with a number that is not exact", withRelay({ bytes: 1e300 })],
  ["with a number below 0", withRelay({ packets: -1 })],
  ["with a number that is a text", withRelay({ claimed: "1" })],
  ["with a name that is longer than any", withRelay({ relay: "r".repeat(64) })],
  ["that ends the connection", (_, response) => void response.destroy()],
  ["that answers 100 MB", say(`"${"a".repeat(100_000_000)}"`)],
])("usage of an agent %s is not taken, and what was known stays", async (_, answers) => {
  const reading = await read(holds([usageOf()]));
  reading.agent.answers = answers;
  await again(reading);
  expect(reading.reader.known).toMatchObject({ rows: [{ organization: "acme" }], fault: expect.any(String) });
  expect(reading.logged).toEqual(["USAGE_UNREAD"]);
});

/** An answer for each page, which has a number. */
const pagesOf =
  (nextOf: (place: number) => number, usageAt: (place: number) => readonly ToldUsage[]): Answers =>
  (url, response) => {
    const place = Number(new URLSearchParams(url.split("?")[1]).get("after") ?? 0);
    const usage = usageAt(place).map(writtenOf);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ usage, next: String(nextOf(place)) }));
  };
const MANY = Array.from({ length: 5_000 }, (_, at) => ({ ...usageOf().relays[0]!, relay: `r${at}` }));

test.each<readonly [string, Answers, number]>([
  [
    "without end",
    pagesOf(
      (place) => place + 1,
      () => [],
    ),
    AGENT_PAGES_MAX,
  ],
  [
    "in a circle",
    pagesOf(
      (place) => (place + 1) % 3,
      () => [],
    ),
    4,
  ],
  [
    "of an hour with more rows than are kept",
    pagesOf(
      (place) => place + 1,
      (place) => [usageOf({ observer: `o${place}`, relays: MANY })],
    ),
    Math.ceil(USAGE_ROWS_MAX / 5_001),
  ],
])("pages %s are asked for so often, and no more", async (_, answers, times) => {
  const { agent, reader } = await read(answers);
  expect(agent.asked).toHaveLength(times);
  expect(reader.known).toMatchObject({ rows: [], fault: expect.any(String) });
});

test("of more hours than there is room for the newest are kept, and older ones are not asked for", async () => {
  const all = Array.from({ length: 48 }, (_, at) => usageOf({ hour: HOUR - 47 + at, relays: MANY }));
  const { agent, reader } = await read(holds(all, 4));
  const kept = Math.floor(USAGE_ROWS_MAX / MANY.length);
  expect(hoursIn(reader)).toEqual(Array.from({ length: kept }, (_, at) => timeOf(HOUR - kept + 1 + at)));
  expect(reader.known).toMatchObject({ since: timeOf(HOUR - kept + 1), fault: null });
  expect(agent.asked.length).toBeLessThan(20);
});

test("where there is no agent, it is told", async () => {
  const reader = new UsageReader({ path, time: nodeTime, log: { warn: () => undefined } as unknown as Logger });
  disposables.push(reader);
  await reader.start();
  expect(reader.known.fault).toContain("ERR_ADMIN_NOT_RUNNING");
});
