import { describe, expect, test } from "vitest";
import { ListPace } from "../src/renewal/list-pace.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe("a node that follows lists", () => {
  test("asks at once behind an answer for which it has waited, and behind other lists", () => {
    const pace = new ListPace(HOUR, 0);
    expect(pace.nextAt).toBe(0);
    pace.handleAsked(0);
    expect(pace.handleAnswer(true, 5)).toBe(false);
    expect(pace.nextAt).toBe(5);
    pace.handleAsked(5);
    pace.handleAnswer(false, 90_005);
    expect(pace.nextAt).toBe(90_005);
  });

  test("asks an issuer that holds no questions once a minute", () => {
    const pace = new ListPace(HOUR, 0);
    pace.handleAsked(1_000);
    pace.handleAnswer(false, 1_010);
    expect(pace.nextAt).toBe(61_000);
  });

  test.each([0, 0.999])("asks soon while nobody answers, however long that is (lot %d)", (lot) => {
    const pace = new ListPace(HOUR, 0);
    let now = 0;
    const pauses: number[] = [];
    for (let count = 0; count < 50; count++) {
      pace.handleAsked(now);
      pace.handleUnreachable(lot, now);
      pauses.push(pace.nextAt - now);
      now = pace.nextAt;
    }
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(250);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(6_000);
    expect(pauses.at(-1)).toBeGreaterThanOrEqual(2_000);
  });

  test("waits a minute where the issuer refuses", () => {
    const pace = new ListPace(HOUR, 0);
    pace.handleAsked(10);
    pace.handleRefused(10);
    expect(pace.nextAt).toBe(60_010);
  });

  test("warns when it has not heard for too long, once a day, and says when that is over", () => {
    const pace = new ListPace(HOUR, 0);
    expect(pace.pollWarning(HOUR - 1)).toBeUndefined();
    expect(pace.pollWarning(HOUR)).toBe(HOUR);
    expect(pace.pollWarning(HOUR + 1)).toBeUndefined();
    expect(pace.warnsAt).toBe(HOUR + DAY);
    expect(pace.pollWarning(HOUR + DAY)).toBe(HOUR + DAY);
    expect(pace.handleAnswer(false, 2 * DAY)).toBe(true);
    expect(pace.handleAnswer(false, 2 * DAY + 1)).toBe(false);
    expect(pace.warnsAt).toBe(2 * DAY + 1 + HOUR);
  });
});
