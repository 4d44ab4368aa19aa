import type { Episode } from "../chronicle.ts";
import type { FaultKind } from "../fault.ts";
import type { Loss, Pause } from "../ledger.ts";
import { circumstances, type Judgement } from "../verdict.ts";
import { LEAVE_MS_MAX, RESET_MS_MAX, RETRANSMISSION_MS } from "./limits.ts";

/** Judges what has left the client outside of the VPN. */
export function judgeLeaks(packets: number): Judgement {
  const findings = packets === 0 ? [] : [`${packets} packets left the client outside of the VPN`];
  return { name: "leaks", figures: `${packets} packets outside of the VPN`, findings };
}

/**
 * Judges how soon connections behind NAT are told that another exit does not know them. A connection is told as an answer to what it sends. TCP sends again
 * what nobody has acknowledged, twice as late each time: so a connection that has sent before the takeover, and has heard nothing since, may be told as much later.
 *
 * @param losses Ends of connections that never rest
 * @param takeovers Times at which another exit had the client, ascending
 */
export function judgeResets(
  name: string,
  losses: readonly Loss[],
  takeovers: readonly number[],
  episodes: readonly Episode[],
): Judgement {
  const resets = losses.flatMap((loss) => {
    const at = takeovers.findLast((time) => time <= loss.to);
    // A connection that was begun later was with the other exit from the beginning.
    if (at === undefined || loss.from >= at) return [];
    const quietMs = Math.max(0, at - (loss.heardAt ?? at));
    return [{ loss, at, quietMs, lag: loss.to - at }];
  });
  const worst = Math.round(Math.max(0, ...resets.map(({ lag }) => lag)));
  const late = resets.filter(({ lag, quietMs }) => lag > Math.max(RESET_MS_MAX, quietMs + RETRANSMISSION_MS));
  return {
    name: `resets behind NAT: ${name}`,
    figures: `${takeovers.length} takeovers, ${resets.length} connections ended, ${worst} ms behind a takeover at most`,
    findings: late.map(
      ({ loss, at, lag, quietMs }) =>
        `a connection hung for ${Math.round(lag)} ms behind a takeover, which came when it had heard nothing for ${Math.round(quietMs)} ms; ${circumstances({ from: at, to: loss.to }, episodes)}`,
    ),
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
