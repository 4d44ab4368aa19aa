import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CommandSource } from "../../../src/agent/device/command-source.ts";
import { UNKNOWN_DEVICE } from "../../../src/agent/device/device-facts.ts";
import {
  FLOOD_LINES_MAX,
  FLOOD_MAX,
  LINE_MAX,
  LINES_PER_SECOND,
  SILENCE_MS,
} from "../../../src/agent/device/limits.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text);
const GOOD = `{"battery":57,"charging":true,"network":"wifi","metered":false,"foreground":true}\n`;
const DEVICE = { battery: 57, charging: true, network: "wifi", metered: false, foreground: true };
const line = (battery: number): string => `{"battery":${battery}}\n`;

/** The orders that a source gives up to now. */
function ordersOf(source: CommandSource): readonly string[] {
  const orders: string[] = [];
  for (let order = source.pollOrder(); order !== undefined; order = source.pollOrder()) orders.push(order);
  return orders;
}

/** A source whose command has just been started. */
function startedSource(now = 0): CommandSource {
  const source = new CommandSource(now);
  source.handleTimeout(now);
  expect(ordersOf(source)).toEqual(["start"]);
  return source;
}

describe("a source of device facts", () => {
  test("is started at once, and nothing good is known before its first line", () => {
    const source = startedSource();
    expect([source.facts, source.fault, source.starts]).toEqual([UNKNOWN_DEVICE, undefined, 1]);
    source.handleOutput(bytes(GOOD), 10);
    expect(source.facts).toEqual(DEVICE);
    expect(source.lines).toEqual({ taken: 1, bad: 0, skipped: 0 });
  });

  test("may give a line in parts, and several at once", () => {
    const source = startedSource();
    for (const octet of bytes(GOOD)) source.handleOutput(Uint8Array.of(octet), 0);
    expect(source.facts).toEqual(DEVICE);
    source.handleOutput(bytes(`${line(1)}${line(2)}{"battery":3`), 0);
    expect(source.facts.battery).toBe(2);
    source.handleOutput(bytes("}\n"), 0);
    expect(source.facts.battery).toBe(3);
    expect(source.lines.taken).toBe(4);
  });

  test("that prints a bad line goes on with its last good one", () => {
    const source = startedSource();
    source.handleOutput(bytes(`${GOOD}{"battery":101}\n\n${" ".repeat(LINE_MAX)}{}\n`), 0);
    expect(source.facts).toEqual(DEVICE);
    expect(source.lines).toEqual({ taken: 1, bad: 3, skipped: 0 });
  });

  test.each([
    [LINE_MAX, 1],
    [LINE_MAX + 1, 0],
  ])("may print a line of so many bytes, its end included: %i", (size, taken) => {
    const source = startedSource();
    source.handleOutput(bytes(`${" ".repeat(size - GOOD.length)}${GOOD}`), 0);
    expect(source.lines).toEqual({ taken, bad: 1 - taken, skipped: 0 });
  });

  test("that prints a thousand lines a second is read ten times, and its newest line counts", () => {
    const source = startedSource();
    let last = 0;
    for (let now = 0; now < 10_000; now++) {
      last = now % 101;
      source.handleOutput(bytes(line(last)), now);
      if (now >= source.nextTimeout()) source.handleTimeout(now);
    }
    const { taken, bad, skipped } = source.lines;
    expect(taken).toBeGreaterThan(90);
    expect(taken).toBeLessThanOrEqual(LINES_PER_SECOND * 11);
    expect(bad).toBe(0);
    expect(source.nextTimeout()).toBeLessThan(10_200);
    source.handleTimeout(10_200);
    expect(source.facts.battery).toBe(last);
    expect(source.lines.taken + skipped).toBe(10_000);
    expect(ordersOf(source)).toEqual([]);
  });

  test("that says nothing good for a quarter of an hour is known no more, is ended, and started again", () => {
    const source = startedSource();
    source.handleOutput(bytes(GOOD), 1_000);
    for (let now = 2_000; now < SILENCE_MS; now += 1_000) source.handleOutput(bytes("nonsense\n"), now);
    expect(source.nextTimeout()).toBe(SILENCE_MS + 1_000);
    source.handleTimeout(SILENCE_MS + 999);
    expect(source.facts).toEqual(DEVICE);
    source.handleTimeout(SILENCE_MS + 1_000);
    expect([source.facts, source.fault]).toEqual([UNKNOWN_DEVICE, "has printed no good line for 15 minutes"]);
    expect(ordersOf(source)).toEqual(["terminate"]);
    source.handleOutput(bytes(GOOD), SILENCE_MS + 1_001);
    expect(source.facts).toEqual(UNKNOWN_DEVICE);
    source.handleTimeout(source.nextTimeout());
    expect(ordersOf(source)).toEqual(["kill"]);
    expect(source.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
    source.handleEnded("has ended (SIGKILL)", SILENCE_MS + 3_500);
    expect(source.fault).toBe("has printed no good line for 15 minutes");
    source.handleTimeout(source.nextTimeout());
    expect(ordersOf(source)).toEqual(["start"]);
    source.handleOutput(bytes(GOOD), SILENCE_MS + 5_000);
    expect([source.facts, source.fault]).toEqual([DEVICE, undefined]);
  });

  test("that ends at once is started again later each time, and soon where it was steady", () => {
    const source = startedSource();
    const pauses: number[] = [];
    let now = 0;
    const end = (): void => {
      source.handleEnded("has ended (exit code 1)", now);
      pauses.push(source.nextTimeout() - now);
      now = source.nextTimeout();
      source.handleTimeout(now);
      expect(ordersOf(source)).toEqual(["start"]);
    };
    for (let i = 0; i < 8; i++) end();
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(source.fault).toBe("has ended (exit code 1)");
    source.handleOutput(bytes(GOOD), now);
    now += 59_999;
    end();
    // A command that runs for long and says nothing good is not steady.
    now += 60_000;
    end();
    source.handleOutput(bytes(GOOD), now);
    now += 60_000;
    end();
    end();
    expect(pauses.slice(8)).toEqual([60_000, 60_000, 1_000, 2_000]);
  });

  test("that has ended is known no more, at once", () => {
    const source = startedSource();
    source.handleOutput(bytes(GOOD), 0);
    source.handleEnded("has ended (exit code 0)", 5_000);
    expect([source.facts, source.fault]).toEqual([UNKNOWN_DEVICE, "has ended (exit code 0)"]);
    source.handleOutput(bytes(GOOD), 5_001);
    source.handleClosed(5_001);
    source.handleEnded("has ended twice", 5_002);
    expect([source.facts, source.fault]).toEqual([UNKNOWN_DEVICE, "has ended (exit code 0)"]);
  });

  test("that closes its output and lives on is ended", () => {
    const source = startedSource();
    source.handleOutput(bytes(GOOD), 0);
    source.handleClosed(1_000);
    expect(source.facts).toEqual(UNKNOWN_DEVICE);
    expect(source.nextTimeout()).toBe(3_000);
    source.handleTimeout(3_000);
    expect([ordersOf(source), source.fault]).toEqual([["terminate"], "has closed its output"]);
  });

  test("that prints a gigabyte without a line is ended after a mebibyte", () => {
    const source = startedSource();
    const chunk = new Uint8Array(65_536).fill(0x61);
    let now = 0;
    let sent = 0;
    for (; sent < 1_073_741_824 && source.fault === undefined; sent += chunk.length, now += 500)
      source.handleOutput(chunk, now);
    expect(sent).toBeLessThanOrEqual(FLOOD_MAX + chunk.length);
    expect([ordersOf(source), source.fault]).toEqual([["terminate"], "has printed 1048576 bytes without a line"]);
  });

  test.each([
    ["\n", "10000 lines"],
    [GOOD, "10000 lines"],
    [`${" ".repeat(1_000)}\n`, "1048576 bytes"],
  ])("that prints too much in a second is ended: %j", (text, bound) => {
    const source = startedSource();
    const chunk = bytes(text.repeat(Math.ceil(8_192 / text.length)));
    for (let sent = 0; sent < 2 * FLOOD_MAX; sent += chunk.length) source.handleOutput(chunk, 0);
    expect([ordersOf(source), source.facts]).toEqual([["terminate"], UNKNOWN_DEVICE]);
    expect(source.fault).toBe(`has printed more than ${bound} in a second`);
  });

  test("may print as many lines each second as it may at all", () => {
    const source = startedSource();
    const chunk = bytes("{}\n".repeat(FLOOD_LINES_MAX));
    for (let now = 0; now < 5_000; now += 1_000) source.handleOutput(chunk, now);
    expect(ordersOf(source)).toEqual([]);
    source.handleOutput(bytes("{}\n"), 4_999);
    expect(ordersOf(source)).toEqual(["terminate"]);
  });

  test("may say something to people, a part of a long line of it, and ends by a flood of it as well", () => {
    const source = startedSource();
    const said: string[] = [];
    const say = (text: string, now: number): void =>
      source.handleErrors(bytes(text), now, (line) => said.push(Buffer.from(line).toString()));
    say(`no batt`, 0);
    source.handleOutput(bytes(GOOD), 0);
    say(`ery\n${"x".repeat(2 * LINE_MAX)}\n`, 0);
    expect(said).toEqual(["no battery", "x".repeat(LINE_MAX)]);
    expect(source.lines).toEqual({ taken: 1, bad: 0, skipped: 0 });
    say("\n".repeat(FLOOD_LINES_MAX), 1_000);
    say(`${"x".repeat(1_000)}\n`.repeat(1_047), 2_000);
    expect(ordersOf(source)).toEqual([]);
    say("x".repeat(1_000), 2_999);
    expect(ordersOf(source)).toEqual(["terminate"]);
    say("once more\n", 3_000);
    expect(said).not.toContain("once more");
    const other = startedSource();
    other.handleErrors(bytes("\n".repeat(FLOOD_LINES_MAX + 1)), 0, () => undefined);
    expect([ordersOf(other), other.fault]).toEqual([["terminate"], "has printed more than 10000 lines in a second"]);
  });

  test("whatever happens when, is started only where none runs, and always has a next time or an end to wait for", () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constant("output" as const), data: fc.uint8Array({ maxLength: 200 }) }),
      fc.record({ kind: fc.constantFrom("good", "closed", "ended", "timeout", "flood") }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(70_000), event), { maxLength: 100 }), (events) => {
        const source = new CommandSource(0);
        let [now, isRunning] = [0, false];
        for (const [pause, happening] of events) {
          now += pause;
          const { kind } = happening;
          if (kind === "output") source.handleOutput((happening as { data: Uint8Array }).data, now);
          else if (kind === "good") source.handleOutput(bytes(GOOD), now);
          else if (kind === "closed" && isRunning) source.handleClosed(now);
          else if (kind === "flood") source.handleErrors(new Uint8Array(FLOOD_MAX + 1), now, () => undefined);
          else if (kind === "timeout") source.handleTimeout(now);
          else if (kind === "ended" && isRunning) {
            isRunning = false;
            source.handleEnded("has ended", now);
          }
          for (const order of ordersOf(source)) {
            expect(isRunning).toBe(order !== "start");
            isRunning = true;
          }
          expect(isRunning || source.nextTimeout() < Number.POSITIVE_INFINITY).toBe(true);
          if (!isRunning) expect(source.facts).toEqual(UNKNOWN_DEVICE);
        }
      }),
    );
  });
});
