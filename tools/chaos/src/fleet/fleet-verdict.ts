import { recoveriesOf } from "../fabric/switches.ts";
import type { Judgement } from "../verdict.ts";
import type { Back } from "./drivers/fleet-recovery.ts";

/** The time after which all are back after 99 of 100 faults. */
export const BACK_MS_MAX = 60_000;

/** Judges how soon streams went on, and all were back, over all times with faults. */
export function judgeBacks(backs: readonly Pick<Back, "movingMs" | "backMs">[]): Judgement[] {
  return [
    judgeTimes(
      "streams go on",
      backs.map(({ movingMs }) => movingMs),
    ),
    judgeTimes(
      "all are back",
      backs.map(({ backMs }) => backMs),
    ),
  ];
}

function judgeTimes(name: string, times: readonly number[]): Judgement {
  const [all] = recoveriesOf(times.map((ms) => ({ reason: name, recoveryMs: Math.round(ms) })));
  if (all === undefined) return { name, figures: "there was no fault", findings: [] };
  const { count, p50, p99, longest } = all;
  return {
    name,
    figures: `after ${count} times with faults: ${seconds(p50)} (p50), ${seconds(p99)} (p99), ${seconds(longest)} at most`,
    findings: p99 > BACK_MS_MAX ? [`p99 is ${seconds(p99)}, and should be ${seconds(BACK_MS_MAX)}`] : [],
  };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
