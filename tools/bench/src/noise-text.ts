import type { SystemResult } from "./plan.ts";

interface Worst {
  /** Busy with something else right before a figure was taken. */
  readonly busyCores: number;
  /** Given to other machines by the hypervisor while one was taken. */
  readonly stolenCores: number;
}

/** How noisy the machine was for a system, as `0.12 / 0.00`. */
export function noiseCell(result: SystemResult): string {
  const worst = worstOf([result]);
  return worst === undefined ? "–" : `${worst.busyCores.toFixed(2)} / ${worst.stolenCores.toFixed(2)}`;
}

/** How noisy it was for all of them, in a sentence; empty when nothing was measured. */
export function noiseText(results: readonly SystemResult[]): string {
  const worst = worstOf(results);
  if (worst === undefined) return "";
  return (
    `Before a measure began, at most ${worst.busyCores.toFixed(2)} cores were busy with something else; ` +
    `while one ran, at most ${worst.stolenCores.toFixed(2)} cores were taken by other machines.`
  );
}

function worstOf(results: readonly SystemResult[]): Worst | undefined {
  const noises = results.flatMap(({ throughput, roundTrip, besideBulk, connectionRate, memory, outages }) =>
    [throughput, roundTrip, besideBulk, connectionRate, memory, outages].flatMap((taken) =>
      taken.map(({ noise }) => noise),
    ),
  );
  if (noises.length === 0) return undefined;
  return {
    busyCores: Math.max(...noises.map(({ busyCores }) => busyCores)),
    stolenCores: Math.max(...noises.map(({ stolenCores }) => stolenCores)),
  };
}
