import { type DeviceProfile, type Fact, type FactBook, readFact } from "@florenetes/facts";
import { beforeEach, describe, expect, test } from "vitest";
import {
  FETCH_AGAIN_MS,
  FETCH_AGAIN_MS_MAX,
  FETCH_SPREAD_MS,
  REFUSED_AGAIN_MS,
  UNANSWERED_MS,
} from "../../../src/agent/releases/limits.ts";
import type { FetchOrder, ReleaseOrder, SeenSoftware } from "../../../src/agent/releases/release-orders.ts";
import { Releases } from "../../../src/agent/releases/releases.ts";
import type { UpdateOutcome } from "../../../src/agent/releases/update-status.ts";
import { newKey } from "../../demo-records.ts";
import {
  bookWith,
  MINUTE,
  nodeRecord,
  NOW,
  PRESENT,
  presentAt,
  programs,
  release,
  roleRecord,
  take,
  UPDATE,
} from "./release-scene.ts";

const KEY = newKey("a");
const SEEN: SeenSoftware = { packages: PRESENT, update: UPDATE, fault: undefined };

let book: FactBook;
let releases: Releases;
let device: DeviceProfile;
let ms: number;

/** A node with these records, and what it has. */
function begin(records: readonly Uint8Array[], seen: SeenSoftware | null = SEEN): void {
  ms = 0;
  device = { charging: false, network: "wired", metered: false, foreground: true };
  book = bookWith([nodeRecord(KEY), ...records]);
  releases = new Releases({ node: "a", channel: "stable", book: () => book, device: () => device });
  if (seen !== null) releases.handleSeen(seen);
}

const at = () => ({ now: ms, wall: NOW + ms });

/** Lets time pass up to then, as far as the room asks for turns. Returns the orders. */
function runTo(end: number): readonly ReleaseOrder[] {
  const orders: ReleaseOrder[] = [];
  for (let turns = 0; turns < 1_000; turns++) {
    for (let event = book.pollEvent(); event !== undefined; event = book.pollEvent()) releases.handleBook(event);
    releases.advance(at());
    for (let order = releases.pollOrder(); order?.kind === "release"; order = releases.pollOrder())
      orders.push(order.order);
    const next = releases.nextTimeout(at());
    if (next > end) break;
    expect(next).toBeGreaterThanOrEqual(ms);
    ms = Math.max(next, ms);
  }
  ms = end;
  return orders;
}

function codes(): readonly string[] {
  const told: string[] = [];
  for (let news = releases.pollNews(); news !== undefined; news = releases.pollNews()) told.push(news.code);
  return told;
}

const fetchesOf = (orders: readonly ReleaseOrder[]): readonly FetchOrder[] =>
  orders.filter((each) => each.kind === "fetch");
const recordId = (): string => book.inForce("release", "cluster", "stable", NOW)!.id;

function outcome(changes: Partial<UpdateOutcome>): SeenSoftware {
  const last = {
    channel: "stable",
    version: "0.1.1",
    epoch: 1,
    record: recordId(),
    at: NOW,
    outcome: "whole",
  } as const;
  return { ...SEEN, update: { ...UPDATE, last: { ...last, ...changes } } };
}

describe("a node that takes a release", () => {
  beforeEach(() => begin([release()]));

  test("fetches it once, within a minute, orders it, is installed, and tells all of that", () => {
    // A life before may have left an order.
    expect(runTo(0)).toEqual([{ kind: "stop" }]);
    expect(releases.state).toEqual({ state: "waiting", code: undefined, why: "turn" });
    const orders = runTo(FETCH_SPREAD_MS);
    expect(orders).toHaveLength(1);
    expect(fetchesOf(orders)).toMatchObject([
      { record: recordId(), packages: [{ version: "0.1.1" }, { version: "0.1.1" }], former: expect.any(Array) },
    ]);
    expect(fetchesOf(orders)[0]!.roots).toHaveLength(1);
    expect(releases.installed(at())).toEqual({
      channel: "stable",
      version: "0.1.0",
      release: { epoch: 1, version: "0.1.1" },
      state: "fetching",
    });
    releases.handleFetched({ record: recordId(), fault: undefined }, at());
    expect(runTo(ms + 1)).toEqual([]);
    expect(releases.state?.state).toBe("ready");
    releases.handleSeen({ ...SEEN, update: { ...UPDATE, underWay: { version: "0.1.1", phase: "dpkg" } } });
    runTo(ms + 10 * UNANSWERED_MS);
    expect(releases.state?.state).toBe("installing");
    releases.handleSeen({ ...outcome({}), packages: presentAt("0.1.1") });
    expect(runTo(ms + 1)).toEqual([{ kind: "clear" }]);
    expect(releases.installed(at())).toMatchObject({ version: "0.1.1", state: "current" });
    expect(codes()).toEqual(["RELEASE_FETCHED", "RELEASE_TAKEN"]);
    expect(runTo(ms + 10 * REFUSED_AGAIN_MS)).toEqual([]);
  });

  test("hands on what people have signed in front of what programs have raised", () => {
    const rule = { steps: [5_000, 10_000], whole: 9_000, back: 1_000, hold: 60 };
    const base = release({ stage: 5_000, rule });
    const raised = release({ stage: 10_000, rule }, { epoch: 2 }, programs.slice(0, 2));
    begin([base, raised]);
    const [order] = fetchesOf(runTo(10 * MINUTE));
    const copies = order!.releases.map((octets) => readFact(octets, "demo") as Fact);
    expect(copies.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(order!.record).toBe(copies[1]!.id);
  });

  test("tries a fetch that fails again, later each time, and says why", () => {
    const failedAt: number[] = [];
    for (let failures = 0; failures < 12; failures++) {
      while (fetchesOf(runTo(ms + 1_000)).length === 0) expect(ms).toBeLessThan(2 * REFUSED_AGAIN_MS);
      failedAt.push(ms);
      const fault = { code: "ERR_RELEASE_SOURCES", text: "nobody gives it", isFinal: false };
      releases.handleFetched({ record: recordId(), fault }, at());
      runTo(ms);
      expect(releases.installed(at())).toMatchObject({ state: "fetching", code: "ERR_RELEASE_SOURCES" });
    }
    const pauses = failedAt.slice(1).map((time, index) => time - failedAt[index]!);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(FETCH_AGAIN_MS);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(FETCH_AGAIN_MS_MAX + 1_000);
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(FETCH_AGAIN_MS_MAX / 2);
    expect(new Set(codes())).toEqual(new Set(["RELEASE_NOT_FETCHED"]));
    expect([releases.fetches, releases.failures]).toEqual([12, 12]);
  });

  test("refuses one of which the record and the repository do not say the same, and tries again in an hour", () => {
    runTo(FETCH_SPREAD_MS);
    const fault = { code: "ERR_FABRIC_RELEASE_DIFFERS", text: "not the same", isFinal: true };
    releases.handleFetched({ record: recordId(), fault }, at());
    expect(runTo(ms + REFUSED_AGAIN_MS - 1_000)).toEqual([]);
    expect(releases.state).toMatchObject({ state: "refused", code: "ERR_FABRIC_RELEASE_DIFFERS" });
    expect(codes()).toEqual(["RELEASE_REFUSED"]);
    expect(fetchesOf(runTo(ms + 2_000))).toHaveLength(1);
  });

  test("says so where update-flor does not begin", () => {
    runTo(FETCH_SPREAD_MS);
    releases.handleFetched({ record: recordId(), fault: undefined }, at());
    runTo(ms + UNANSWERED_MS);
    expect(releases.state).toMatchObject({ state: "ready", code: "ERR_FABRIC_RELEASE_UNANSWERED" });
    expect(codes()).toEqual(["RELEASE_FETCHED", "RELEASE_UNANSWERED"]);
    expect(fetchesOf(runTo(ms + REFUSED_AGAIN_MS - UNANSWERED_MS - 1_000))).toHaveLength(0);
    expect(fetchesOf(runTo(ms + 1_000))).toHaveLength(1);
  });

  test("takes a refusal of update-flor, orders it again in an hour, and does not take that word for the next answer", () => {
    runTo(FETCH_SPREAD_MS);
    releases.handleFetched({ record: recordId(), fault: undefined }, at());
    releases.handleSeen(outcome({ outcome: "refused", code: "ERR_UPDATE_DISK" }));
    expect(fetchesOf(runTo(ms + REFUSED_AGAIN_MS - 1_000))).toEqual([]);
    expect(releases.installed(at())).toMatchObject({ state: "refused", code: "ERR_UPDATE_DISK" });
    expect(fetchesOf(runTo(ms + 2_000))).toHaveLength(1);
    releases.handleFetched({ record: recordId(), fault: undefined }, at());
    runTo(ms + 1_000);
    expect(releases.state).toMatchObject({ state: "ready" });
  });

  test.each(["refused", "back"] as const)("goes on soon behind a power cut that ended as %s", (ended) => {
    runTo(FETCH_SPREAD_MS);
    releases.handleFetched({ record: recordId(), fault: undefined }, at());
    releases.handleSeen(outcome({ outcome: ended, code: "ERR_UPDATE_INTERRUPTED" }));
    expect(fetchesOf(runTo(ms + 2 * FETCH_AGAIN_MS))).toHaveLength(1);
  });

  test("that went back does not try that version again, and takes the next one", () => {
    runTo(FETCH_SPREAD_MS);
    const back = outcome({ outcome: "back", code: "ERR_UPDATE_NOT_WHOLE" });
    releases.handleSeen({ ...back, update: { ...back.update!, failed: ["0.1.1"] } });
    expect(runTo(ms + 10 * REFUSED_AGAIN_MS)).toEqual([{ kind: "clear" }]);
    expect(releases.installed(at())).toMatchObject({ state: "back", code: "ERR_UPDATE_NOT_WHOLE" });
    expect(codes()).toContain("RELEASE_BACK");
    take(book, [release({ version: "0.1.2" }, { epoch: 2 })]);
    expect(fetchesOf(runTo(ms + FETCH_SPREAD_MS))).toHaveLength(1);
  });

  test("stops when people stop the release, and goes on when they let it go on", () => {
    runTo(FETCH_SPREAD_MS);
    take(book, [release({ stage: 0 }, { epoch: 2 })]);
    expect(runTo(ms + 1)).toEqual([{ kind: "stop" }]);
    expect(releases.state).toMatchObject({ state: "waiting", why: "stage" });
    releases.handleFetched({ record: "of the release that was stopped", fault: undefined }, at());
    expect(releases.fetched).toBe(0);
    take(book, [release({}, { epoch: 3 })]);
    expect(fetchesOf(runTo(ms + FETCH_SPREAD_MS))).toHaveLength(1);
  });
});

test("nodes of a stage fetch it at times of their own", () => {
  begin([release()]);
  const times = Array.from({ length: 50 }, (_, index) => {
    releases = new Releases({ node: `n${index}`, channel: "stable", book: () => book, device: () => device });
    releases.handleSeen(SEEN);
    ms = 0;
    while (fetchesOf(runTo(ms + 1_000)).length === 0) expect(ms).toBeLessThanOrEqual(FETCH_SPREAD_MS);
    return ms;
  });
  expect(new Set(times).size).toBeGreaterThan(20);
});

test("a phone waits for power, is told so, goes on when it has it, and stops when it has not", () => {
  begin([release(), roleRecord("a/mobile-edge/north")]);
  device = { ...device, network: "wifi" };
  expect(runTo(FETCH_SPREAD_MS)).toEqual([{ kind: "stop" }]);
  expect(releases.state).toMatchObject({ state: "waiting", why: "device" });
  device = { ...device, charging: true };
  releases.handleDevice();
  expect(fetchesOf(runTo(2 * FETCH_SPREAD_MS))).toHaveLength(1);
  device = { ...device, charging: false };
  releases.handleDevice();
  expect(runTo(3 * FETCH_SPREAD_MS)).toEqual([{ kind: "stop" }]);
});

test("a phone takes it at its deadline, without power", () => {
  begin([release({ deadline: NOW + 30 * MINUTE }), roleRecord("a/mobile-edge/north")]);
  expect(fetchesOf(runTo(30 * MINUTE - 1))).toEqual([]);
  expect(fetchesOf(runTo(31 * MINUTE))).toHaveLength(1);
});

test.each<[string, SeenSoftware, object]>([
  [
    "dpkg does not answer",
    { packages: undefined, update: UPDATE, fault: "ERR_FABRIC_RELEASE_DPKG" },
    { state: "refused", code: "ERR_FABRIC_RELEASE_DPKG" },
  ],
  [
    "update-flor's words are none",
    { packages: PRESENT, update: undefined, fault: "ERR_FABRIC_RELEASE_STATUS" },
    { state: "refused", code: "ERR_FABRIC_RELEASE_STATUS" },
  ],
  [
    "they are none, and the node has the release",
    { packages: presentAt("0.1.1"), update: undefined, fault: "ERR_FABRIC_RELEASE_STATUS" },
    { state: "current" },
  ],
])("where %s nothing is fetched, and that is told", (_, seen, expected) => {
  begin([release()], seen);
  expect(fetchesOf(runTo(FETCH_SPREAD_MS))).toEqual([]);
  expect(releases.state).toMatchObject(expected);
});

test("nothing is told, and nothing is done, without a release, of another channel, or before anything is known", () => {
  begin([release({}, { subject: "edge" })]);
  expect(fetchesOf(runTo(FETCH_SPREAD_MS))).toEqual([]);
  expect(releases.installed(at())).toEqual({ channel: "stable", version: "0.1.0", state: "current" });
  begin([release()], null);
  expect(runTo(FETCH_SPREAD_MS)).toEqual([{ kind: "stop" }]);
  expect(releases.installed(at())).toBeUndefined();
  releases = new Releases({ node: "a", channel: undefined, book: () => book, device: () => device });
  releases.handleSeen(SEEN);
  expect([runTo(FETCH_SPREAD_MS), releases.installed(at())]).toEqual([[], undefined]);
});
