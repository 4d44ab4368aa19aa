import type { TraceHop } from "./trace-report.ts";
import { formatDuration } from "@florenetes/operator-text";

/** Smaller differences do no harm: certificates begin earlier than they are issued. */
const DIFFERENCE_MS_MIN = 60_000;

/**
 * Says whose clock is wrong, by the clocks of the hops: this vertex's, if all others agree against it. Undefined: the known clocks
 * agree with this vertex's.
 */
export function findWrongClock(vertex: string, hops: readonly TraceHop[]): string | undefined {
  const known = new Map<string, number>();
  for (const { told, clockMs } of hops) if (told !== null && clockMs !== null) known.set(told.vertex, clockMs);
  const wrong = [...known].filter(([, ms]) => Math.abs(ms) >= DIFFERENCE_MS_MIN);
  const first = wrong[0]?.[1];
  if (first === undefined) return undefined;
  const areAlike = known.size > 1 && [...known.values()].every((ms) => Math.abs(ms - first) < DIFFERENCE_MS_MIN);
  if (areAlike)
    return `the clock of ${vertex}, this vertex, is ${differenceOf(-first)} those of ${listOf(known.keys())}`;
  return wrong.map(([other, ms]) => `the clock of ${other} is ${differenceOf(ms)} that of ${vertex}`).join(", and ");
}

/** `b, c and d` */
function listOf(names: Iterable<string>): string {
  // Made here, since the first one takes 17 ms, for which no start has to wait.
  return new Intl.ListFormat("en-GB").format(names);
}

function differenceOf(ms: number): string {
  return `${formatDuration(Math.abs(ms))} ${ms > 0 ? "ahead of" : "behind"}`;
}
