import { describe, expect, it } from "vitest";
import { aimsOf, isMet } from "../src/aims.ts";
import type { AllFigures } from "../src/figures.ts";
import { OTHER_PLACES } from "../src/place.ts";
import { FULL, planIn, QUICK } from "../src/plan.ts";
import { recoveriesSince } from "../src/relays/recovery-mesh.ts";
import { recoveryTable } from "../src/relays/recovery-table.ts";
import { isMeasuredIn, SYSTEMS } from "../src/systems.ts";
import { resultOf, runOf } from "./results.ts";

const place = OTHER_PLACES.find(({ of }) => of === "recovery")!;
const measured = (figures: AllFigures) => resultOf("florenetes-recovery", figures, place);

describe("recovery", () => {
  it("is measured of both engines in one stay, with more samples than other outages", () => {
    const there = Object.keys(SYSTEMS).filter((key) => isMeasuredIn(place, key));
    expect(there).toEqual(["florenetes-recovery", "florenetes-recovery-portable"]);
    expect(planIn(place, FULL)).toMatchObject({ measures: ["outages"], repeats: 1, samples: 20 });
    expect(planIn(place, QUICK)).toMatchObject({ measures: ["outages"], repeats: 1, samples: 3 });
  });

  it("takes from status the switches since the fault alone, by reasons that are known", () => {
    const row = (reason: string, switches: number, lastMs: number) => ({ reason, switches, lastMs });
    const before = [row("timeout", 2, 1_100), row("better_route", 1, 3)];
    const now = [row("timeout", 3, 1_200), row("better_route", 1, 3), row("peer_unavailable", 1, 20), row("new", 1, 1)];
    expect(recoveriesSince(before, now)).toEqual({ timeout: 1_200, peer_unavailable: 20 });
    expect(recoveriesSince([], [])).toEqual({});
  });

  it("has a row for each fault, with the spread of pauses and of switches by reason", () => {
    const table = recoveryTable([
      measured({
        "lost, far relay killed": [0, 0, 1],
        "pause ms, far relay killed": [1_000, 1_300],
        "recovery ms, far relay killed, timeout": [1_010, 1_290],
        "recovery ms, far relay killed, peer_unavailable": [20],
      }),
    ]);
    expect(table.split("\n").filter((line) => line.startsWith("|"))).toHaveLength(3);
    expect(table).toContain(
      "| florenetes-recovery | far relay killed | 1 of 3 | 1300 / 1300 / 1300 | timeout, 2 times: 1290 / 1290 / 1290; peer_unavailable, 1 times: 20 / 20 / 20 |",
    );
    expect(recoveryTable([measured({})])).toBe("");
  });

  it("has aims for the 95th percentile, which one sample of twenty may miss", () => {
    const pauses = (most: number, longest: number) => [...Array<number>(19).fill(most), longest];
    const isMetWith = (told: number[], far: number[]): boolean[] =>
      aimsOf(runOf(measured({ "pause ms, first link told down": told, "pause ms, far relay killed": far }))).map(isMet);
    expect(isMetWith(pauses(300, 900), pauses(1_500, 9_000))).toEqual([true, true]);
    expect(isMetWith(pauses(301, 301), pauses(1_501, 1_501))).toEqual([false, false]);
    expect(aimsOf(runOf(measured({})))).toEqual([]);
  });
});
