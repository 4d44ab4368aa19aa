import { expect, test } from "vitest";
import type { EventFields, Logger } from "../src/logs/logger.ts";
import type { PressureLoads } from "../src/pressure/pressure.ts";
import { PressureWatch } from "../src/pressure/pressure-watch.ts";

/** A process whose timers are late when a test says so. */
class SlowProcess {
  now = 300;
  loads: PressureLoads = {};
  isQuiet = false;
  readonly lines: EventFields[] = [];
  readonly heard: string[] = [];
  #at = Number.POSITIVE_INFINITY;
  #look = (): void => {};
  readonly watch: PressureWatch;

  constructor() {
    const line = (event: EventFields): void => void this.lines.push(event);
    const log: Logger = { debug: line, info: line, warn: line, error: line, child: () => log };
    const timer = (call: () => void) => {
      this.#look = call;
      return {
        set: (at: number) => void (this.#at = at),
        close: () => void (this.#look = () => {}),
      };
    };
    this.watch = new PressureWatch({
      time: { now: () => this.now, wallClock: () => new Date(0), wakeUps: { soon: (call) => call(), timer } },
      log,
      loads: () => this.loads,
      isQuiet: () => this.isQuiet,
      onTransition: ({ level }) => this.heard.push(level),
    });
  }

  turn(lateMs: number): void {
    this.now = this.#at + lateMs;
    this.#look();
  }
}

test("it is looked once a second, beside all else, and a main thread that comes late twice is loaded", () => {
  const process = new SlowProcess();
  process.turn(0);
  expect(process.now).toBe(1_000);
  process.turn(240);
  expect(process.now).toBe(2_240);
  process.turn(0);
  expect([process.now, process.watch.status().level]).toEqual([3_000, "nominal"]);
  process.turn(240);
  process.turn(500);
  expect(process.watch.status()).toMatchObject({ level: "critical", reasons: ["loop"], score: 96 });
});

test("while the process is quiet, it is looked each five seconds, and once a second as soon as it is not", () => {
  const process = new SlowProcess();
  process.isQuiet = true;
  for (const at of [1_000, 5_000, 10_000]) {
    process.turn(0);
    expect(process.now).toBe(at);
  }
  process.isQuiet = false;
  for (const at of [15_000, 16_000]) {
    process.turn(0);
    expect(process.now).toBe(at);
  }
});

test("a quiet process with something to bear is looked at each second", () => {
  const process = new SlowProcess();
  process.isQuiet = true;
  process.turn(0);
  process.turn(0);
  process.loads = { memory: 1 };
  for (const at of [10_000, 11_000, 12_000]) {
    process.turn(0);
    expect(process.now).toBe(at);
  }
  expect(process.watch.status().level).toBe("critical");
});

test("a timer that rings too early is no look", () => {
  const process = new SlowProcess();
  process.loads = { memory: 1 };
  for (let early = 0; early < 5; early++) process.turn(-10);
  expect(process.watch.pressure.score).toBe(0);
});

test("each change is told once, to the log and to whoever wants to know", () => {
  const process = new SlowProcess();
  process.loads = { memory: 0.75 };
  for (let turns = 0; turns < 5; turns++) process.turn(0);
  process.loads = {};
  for (let turns = 0; turns < 15; turns++) process.turn(0);
  expect(process.heard).toEqual(["warning", "nominal"]);
  expect(process.lines).toMatchObject([
    { code: "PRESSURE_CHANGED", from: "nominal", to: "warning", score: 75, reasons: ["memory"], action: "slow-bulk" },
    { code: "PRESSURE_CHANGED", from: "warning", to: "nominal", score: 0, reasons: [], action: "none" },
  ]);
});

test("there are no looks after its end", () => {
  const process = new SlowProcess();
  process.loads = { memory: 1 };
  process.watch.close();
  for (let turns = 0; turns < 5; turns++) process.turn(0);
  expect(process.heard).toEqual([]);
});
