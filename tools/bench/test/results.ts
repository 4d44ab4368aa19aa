import type { AllFigures } from "../src/figures.ts";
import { type Place, USUAL_PLACE } from "../src/place.ts";
import type { Run } from "../src/run.ts";
import { emptyResult, type SystemResult } from "../src/system-result.ts";
import { QUICK } from "../src/plan.ts";

/** A system that was measured over three links. */
export function resultOf(key: string, figures: AllFigures, place: Place = USUAL_PLACE): SystemResult {
  const description = { name: key, version: "1.0", isEncryptedEndToEnd: true };
  return { ...emptyResult(key, place), description, links: 3, figures };
}

export function runOf(...results: SystemResult[]): Run {
  return {
    takenAt: "2026-01-01T00:00:00Z",
    tookSeconds: 60,
    commit: "abc",
    machine: "2 cores (some), Linux 6.1, Node v24",
    plan: { ...QUICK, repeats: 3 },
    results,
    micro: [],
  };
}
