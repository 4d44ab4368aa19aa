import { describe, expect, test } from "vitest";
import { type DoorFault, type DoorRequest, DoorSync } from "../../../src/agent/door/door-sync.ts";
import type { Overlay } from "../../../src/agent/door/overlay.ts";
import type { DoorEvents, View } from "../../../src/agent/door/view.ts";
import { viewOf } from "../views.ts";

const LIFE = { startedAt: 1, id: "00" };
const WISH: Overlay = { paths: [], leads: [], pins: { "service/web": ["aa"] } };
const OTHER: Overlay = { paths: [], leads: [], pins: {} };

const fault = (code: string): DoorFault => ({ code, text: "because", advice: "Do this." });
const events = (next: number, count = 1, lost = false, instance = viewOf().instance): DoorEvents => ({
  instance,
  next,
  lost,
  events: Array.from({ length: count }, () => ({ n: next, kind: "other" })),
});

/** A door that answers as it is told, and notes what it is asked. */
class Scripted {
  readonly sync = new DoorSync(LIFE);
  now = 0;

  /** All that is asked at present. */
  asked(): DoorRequest[] {
    const requests: DoorRequest[] = [];
    for (let next = this.sync.pollRequest(this.now); next; next = this.sync.pollRequest(this.now)) requests.push(next);
    expect(requests.length).toBeLessThan(3);
    return requests;
  }

  kinds(): string[] {
    return this.asked().map(({ kind }) => kind);
  }

  view(changes: Partial<View> = {}): void {
    this.sync.handleResult({ kind: "view", view: viewOf(changes) }, this.now);
  }

  events(answer: DoorEvents): void {
    this.sync.handleResult({ kind: "events", events: answer }, this.now);
  }

  refuse(code: string): void {
    this.sync.handleResult({ kind: "refused", fault: fault(code) }, this.now);
  }

  away(request: DoorRequest["kind"]): void {
    this.sync.handleResult({ kind: "away", request, fault: fault("ERR_ADMIN_NOT_RUNNING") }, this.now);
  }

  /** Reads the first view, and asks for events. */
  begin(changes: Partial<View> = {}): this {
    expect(this.asked()).toEqual([{ kind: "view" }]);
    this.view(changes);
    expect(this.asked()).toEqual([{ kind: "events", after: 0 }]);
    return this;
  }
}

test("it reads the view, waits for events, and reads again after each", () => {
  const door = new Scripted().begin({ event: 17 });
  door.now = 60;
  door.events(events(18));
  expect(door.asked()).toEqual([{ kind: "view" }, { kind: "events", after: 18 }]);
  expect(door.kinds()).toEqual([]);
  door.view({ event: 20 });
  door.now = 4_000;
  door.events(events(18, 0));
  expect(door.asked()).toEqual([{ kind: "events", after: 18 }]);
  door.now = 8_000;
  door.events(events(30, 0, true));
  expect(door.asked()).toEqual([{ kind: "view" }, { kind: "events", after: 30 }]);
});

test("each event is told once, also where the view has shown its number before, and those from before the agent's start", () => {
  const knocks = (...numbers: number[]): DoorEvents => ({
    ...events(numbers.at(-1)!, 0),
    events: numbers.map((n) => ({ n, kind: "other" })),
  });
  const told = (door: Scripted): number[] => door.sync.takeEvents().map(({ n }) => n);
  const door = new Scripted().begin({ event: 17 });
  door.events(knocks(16, 17));
  expect([told(door), told(door)]).toEqual([[16, 17], []]);
  // No question is under way for a moment: the view is read, and an event of which it tells has come meanwhile.
  expect(door.kinds()).toEqual(["view"]);
  door.view({ event: 18 });
  door.now = 50;
  expect(door.asked()).toEqual([{ kind: "events", after: 17 }]);
  door.events(knocks(18));
  expect(told(door)).toEqual([18]);
});

test("the answer of another life is not taken for one of this: its events are asked for from the first one on", () => {
  const door = new Scripted().begin({ event: 3 });
  door.events(events(3));
  door.sync.takeEvents();
  door.now = 50;
  expect(door.asked()).toEqual([{ kind: "view" }, { kind: "events", after: 3 }]);
  // The new life has had more events than the agent has heard of the former one.
  door.events(events(5, 2, false, "other"));
  expect(door.sync.takeEvents()).toEqual([]);
  door.view({ instance: "other", event: 5 });
  door.now = 100;
  expect(door.asked()).toContainEqual({ kind: "events", after: 0 });
  door.events(events(5, 5, false, "other"));
  expect(door.sync.takeEvents()).toHaveLength(5);
});

test("events that come during a view have it read once more", () => {
  const door = new Scripted().begin();
  door.sync.handleStale();
  expect(door.kinds()).toEqual(["view"]);
  door.now = 100;
  door.events(events(2));
  expect(door.kinds()).toEqual(["events"]);
  door.view();
  expect(door.kinds()).toEqual(["view"]);
});

test("many events in a row are read in a few views", () => {
  const door = new Scripted().begin();
  let views = 0;
  door.events(events(2));
  for (let n = 3; door.now < 1_000; door.now++) {
    for (const { kind } of door.asked()) {
      if (kind === "events") door.events(events(n++));
      else door.view({ event: n });
      if (kind === "view") views++;
    }
  }
  expect(views).toBeGreaterThan(10);
  expect(views).toBeLessThan(25);
});

test("it posts what is wanted where that is not there, with the generation that it has seen, and looks what came of it", () => {
  const door = new Scripted().begin({ generation: 4 });
  door.sync.want(WISH);
  expect(door.asked()).toEqual([{ kind: "post", order: { base: 4, life: LIFE, ...WISH } }]);
  expect(door.sync.isInSync).toBe(false);
  door.sync.handleResult({ kind: "posted" }, 0);
  expect(door.kinds()).toEqual(["view"]);
  door.view({ generation: 5, overlay: WISH });
  expect(door.kinds()).toEqual([]);
  expect(door.sync).toMatchObject({ isInSync: true, posted: 1, refusals: 0 });
});

test("it posts nothing that is there already, in whatever order", () => {
  const path = (name: string) => ({ name, link: "b", labels: [1], until: 5 });
  const there: Overlay = { paths: [path("a"), path("b")], leads: [], pins: { x: ["1", "2"], y: [] } };
  const door = new Scripted().begin({ overlay: there });
  door.sync.want({ paths: [path("b"), path("a")], leads: [], pins: { y: [], x: ["2", "1"] } });
  expect(door.kinds()).toEqual([]);
});

describe("a door that refuses", () => {
  test("a base: the view is read again and it is posted again, at a bounded rate, until it is taken", () => {
    const door = new Scripted().begin();
    door.sync.want(WISH);
    const at: number[] = [];
    for (let generation = 1; door.now < 60_000; door.now += 10) {
      for (const request of door.asked()) {
        if (request.kind === "view") door.view({ generation: ++generation });
        if (request.kind !== "post") continue;
        expect(request.order.base).toBe(generation);
        at.push(door.now);
        door.refuse("ERR_OVERLAY_BASE");
      }
    }
    expect(at.length).toBeGreaterThan(10);
    expect(at.length).toBeLessThan(20);
    const pauses = at.slice(1).map((time, index) => time - at[index]!);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    expect(door.sync.refused).toBeUndefined();
  });

  test("what the order says: it is told, and posted again only when it says something else, or after a while", () => {
    const door = new Scripted().begin();
    door.sync.want(WISH);
    expect(door.kinds()).toEqual(["post"]);
    door.refuse("ERR_OVERLAY_NAME");
    expect(door.sync.refused).toMatchObject({ code: "ERR_OVERLAY_NAME" });
    expect(door.kinds()).toEqual(["view"]);
    door.view();
    door.sync.want({ ...WISH });
    expect(door.kinds()).toEqual([]);
    expect(door.sync.nextTimeout(0)).toBe(30_000);
    door.now = 30_000;
    expect(door.kinds()).toEqual(["post"]);
    door.refuse("ERR_OVERLAY_NAME");
    door.view();
    door.sync.want({ ...WISH, pins: { "service/web": ["bb"] } });
    door.kinds();
    door.view();
    expect(door.kinds()).toEqual(["post"]);
  });
});

test("a door that is away is asked again in longer and longer pauses, and at once when it is back", () => {
  const door = new Scripted();
  const at: number[] = [];
  for (; door.now < 60_000; door.now += 10) {
    for (const { kind } of door.asked()) {
      at.push(door.now);
      door.away(kind);
    }
  }
  expect(door.sync.away).toMatchObject({ code: "ERR_ADMIN_NOT_RUNNING" });
  expect(at.slice(0, 4)).toEqual([0, 250, 750, 1_750]);
  expect(at.at(-1)! - at.at(-2)!).toBe(5_000);
  door.now = door.sync.nextTimeout(door.now);
  expect(door.kinds()).toEqual(["view"]);
  door.view();
  expect(door.sync.away).toBeUndefined();
  expect(door.kinds()).toEqual(["events"]);
});

test("after a restart of the vertex its events are counted anew, and the overlay that it lost is posted again", () => {
  const door = new Scripted().begin({ event: 900, overlay: WISH });
  door.sync.want(WISH);
  expect(door.kinds()).toEqual([]);
  door.away("events");
  door.now = 250;
  expect(door.kinds()).toEqual(["view", "events"]);
  door.view({ instance: "other", event: 0, generation: 0, overlay: OTHER });
  door.away("events");
  door.now = 1_000;
  expect(door.kinds()).toContain("view");
  door.view({ instance: "other", event: 0, generation: 0, overlay: OTHER });
  expect(door.asked()).toEqual(expect.arrayContaining([{ kind: "post", order: { base: 0, life: LIFE, ...WISH } }]));
  door.away("events");
  door.now = 5_000;
  expect(door.asked()).toContainEqual({ kind: "events", after: 0 });
});

test("an agent whose clock was put back between two lives posts as the later one all the same", () => {
  const door = new Scripted().begin({ life: { startedAt: 900, id: "ff" } });
  door.sync.want(WISH);
  expect(door.asked()).toMatchObject([{ kind: "post", order: { life: { startedAt: 901, id: LIFE.id } } }]);
  const again = new Scripted().begin({ life: { startedAt: 901, id: LIFE.id } });
  again.sync.want(WISH);
  expect(again.asked()).toMatchObject([{ kind: "post", order: { life: { startedAt: 901, id: LIFE.id } } }]);
});

test("orders that fail without a word of the door are posted in longer and longer pauses, though views are answered", () => {
  const door = new Scripted().begin();
  door.sync.want(WISH);
  const pauses: number[] = [];
  for (let tries = 0; tries < 7; tries++) {
    const since = door.now;
    while (!door.kinds().includes("post")) {
      door.now = door.sync.nextTimeout(door.now);
      if (door.sync.view === undefined || door.now === Infinity) expect.fail("nothing is asked any more");
      if (door.kinds().includes("view")) door.view();
    }
    pauses.push(door.now - since);
    door.away("post");
  }
  expect(pauses.at(-1)).toBeGreaterThanOrEqual(5_000);
});
