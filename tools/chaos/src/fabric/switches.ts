/** A switch of routes, as a vertex has told it. */
export interface Switch {
  readonly reason: string;
  readonly recoveryMs: number;
}

/** Times to recovery for one reason, in milliseconds. */
export interface Recoveries {
  readonly reason: string;
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly longest: number;
}

/** The times to recovery by reason, the most frequent reason first. */
export function recoveriesOf(switches: readonly Switch[]): Recoveries[] {
  const byReason = Map.groupBy(switches, ({ reason }) => reason);
  const rows = [...byReason].map(([reason, its]) => {
    const times = its.map(({ recoveryMs }) => recoveryMs).toSorted((one, other) => one - other);
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(times, share));
    return { reason, count: times.length, p50: p50!, p95: p95!, p99: p99!, longest: times.at(-1)! };
  });
  return rows.toSorted((one, other) => other.count - one.count);
}

/** The least time that so large a share of all times does not exceed. @param times Sorted, at least one */
function quantile(times: readonly number[], share: number): number {
  return times[Math.max(0, Math.ceil(share * times.length) - 1)]!;
}

/** The figures of all reasons as lines for people. */
export function recoveryLines(recoveries: readonly Recoveries[]): string[] {
  return recoveries.map(
    ({ reason, count, p50, p95, p99, longest }) =>
      `${reason.padEnd(18)} ${String(count).padStart(4)} switches; recovered in ${p50} ms (p50), ${p95} ms (p95), ${p99} ms (p99), ${longest} ms at most`,
  );
}
