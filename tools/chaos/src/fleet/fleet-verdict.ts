import type { Chronicle } from "../chronicle.ts";
import { recoveriesOf } from "../fabric/switches.ts";
import type { Judgement } from "../verdict.ts";

/** The time after which all are back after 99 of 100 faults. */
export const BACK_MS_MAX = 60_000;

/** Judges how soon all were back, over all faults. */
export function judgeBack({ recoveries }: Chronicle): Judgement {
  const whole = recoveries.filter(({ missing }) => missing === "");
  const name = "all are back";
  if (whole.length === 0) return { name, figures: "there was no fault", findings: [] };
  const [all] = recoveriesOf(whole.map(({ ms }) => ({ reason: "all", recoveryMs: Math.round(ms) })));
  const { count, p50, p99, longest } = all!;
  return {
    name,
    figures: `after ${count} times with faults: ${seconds(p50)} (p50), ${seconds(p99)} (p99), ${seconds(longest)} at most`,
    findings: p99 > BACK_MS_MAX ? [`p99 is ${seconds(p99)}, and should be ${seconds(BACK_MS_MAX)}`] : [],
  };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
