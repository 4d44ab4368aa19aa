import type { Episode } from "../chronicle.ts";
import type { FaultKind } from "../fault.ts";
import type { Loss, Pause } from "../ledger.ts";
import type { Judgement } from "../verdict.ts";
import { LEAVE_MS_MAX, RESET_MS_MAX } from "./limits.ts";

/** Judges what has left the client outside of the VPN. */
export function judgeLeaks(packets: number): Judgement {
  const findings = packets === 0 ? [] : [`${packets} packets left the client outside of the VPN`];
  return { name: "leaks", figures: `${packets} packets outside of the VPN`, findings };
}

/**
 * Judges how soon connections behind NAT are told that another exit does not know them.
 *
 * @param losses Ends of connections that never rest
 * @param takeovers Times at which another exit had the client, ascending
 */
export function judgeResets(losses: readonly Loss[], takeovers: readonly number[]): Judgement {
  const lags = losses.flatMap(({ to }) => {
    const before = takeovers.findLast((time) => time <= to);
    return before === undefined ? [] : [to - before];
  });
  const worst = Math.round(Math.max(0, ...lags));
  const late = lags.filter((lag) => lag > RESET_MS_MAX);
  return {
    name: "resets behind NAT",
    figures: `${takeovers.length} takeovers, ${losses.length} connections ended, ${worst} ms behind a takeover at most`,
    findings: late.map((lag) => `a connection hung for ${Math.round(lag)} ms behind a takeover`),
  };
}

/** For each kind of fault: how long the world did not answer. A silent world is left in its time. */
export function judgeOutages(pauses: readonly Pause[], episodes: readonly Episode[]): Judgement[] {
  const byKind = Map.groupBy(episodes, ({ fault }) => fault.kind);
  return [...byKind]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([kind, its]) =>
      judgeOutage(
        kind,
        its.map((episode) => outageOf(pauses, episode)),
      ),
    );
}

function judgeOutage(kind: FaultKind, outages: readonly number[]): Judgement {
  const times = outages.toSorted((one, other) => one - other);
  const [median, worst] = [times[times.length >> 1]!, times.at(-1)!].map(Math.round);
  const late = kind === "uplink" ? times.filter((ms) => ms > LEAVE_MS_MAX) : [];
  return {
    name: `outage: ${kind}`,
    figures: `${times.length} times; no answer of the world for ${median} ms (median), ${worst} ms at most`,
    findings: late.map((ms) => `the exit was left after ${Math.round(ms)} ms`),
  };
}

/** The longest time without an answer from the beginning of a fault on, until the mesh was whole again. Pauses that nobody notices count as none. */
function outageOf(pauses: readonly Pause[], { beganAt, recoveredAt = Number.POSITIVE_INFINITY }: Episode): number {
  const its = pauses.filter(({ from, to }) => from < recoveredAt && to > beganAt);
  return Math.max(0, ...its.map(({ from, to }) => to - Math.max(from, beganAt)));
}
