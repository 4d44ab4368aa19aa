import type { Chronicle, Episode } from "./chronicle.ts";
import { type FaultKind, type FaultTarget, describeFault } from "./fault.ts";
import { type Growth, findGrowth } from "./growth.ts";
import type { Delay, Loss, Observations, Pause } from "./ledger.ts";
import { LATE_MS, LATE_MS_MAX, PAUSE_MS_MAX } from "./limits.ts";
import { undisturbedPauses } from "./pauses.ts";
import { PROMISES } from "./promises.ts";
import type { Way } from "./terrain.ts";

/** A workload and its observations. */
export interface Testimony {
  readonly name: string;
  /** Nodes at whose cluster vertices the workload's connections end. */
  readonly ends: readonly string[];
  /** The way of the workload's connections before any `apply`. */
  readonly way: Way;
  readonly observations: Observations;
}

/** A judgement: a line of the verdict's table, and a test in CI. */
export interface Judgement {
  readonly name: string;
  /** The figures, for people. */
  readonly figures: string;
  /** The reasons why the judgement does not hold; empty: it holds. */
  readonly findings: readonly string[];
}

/** Judges a run by the documents' promises. */
export function judge(
  chronicle: Chronicle,
  testimonies: readonly Testimony[],
  growths: readonly Growth[],
): Judgement[] {
  return [
    ...testimonies.map((testimony) => judgeWorkload(testimony, chronicle.episodes)),
    ...judgeRecoveries(chronicle),
    ...growths.map(judgeGrowth),
  ];
}

/** Judges the ends of processes that nobody had ended. */
export function judgeDeaths(deaths: readonly string[]): Judgement {
  return { name: "processes", figures: `${deaths.length} ended that nobody had ended`, findings: deaths };
}

function judgeWorkload({ name, ends, way, observations }: Testimony, episodes: readonly Episode[]): Judgement {
  const { right, unit, wrong, losses, delays, pauses } = observations;
  const broken = losses.filter((loss) => !mayEnd(loss, ends, episodes));
  const slow = delays.filter((delay) => !wasHeld(delay, episodes));
  const worst = Math.round(Math.max(0, ...slow.map(ageOf)));
  const figures = [`${right} ${unit}`, `${losses.length} connections lost, ${broken.length} against the documents`];
  if (delays.length > 0) figures.push(`${slow.length} older than ${LATE_MS} ms, up to ${worst} ms`);
  if (observations.givenUp > 0) figures.push(`${observations.givenUp} given up`);
  const undisturbed = undisturbedPauses(pauses, way, episodes);
  if (observations.longestGapMs > 0) figures.push(`longest pause ${Math.round(observations.longestGapMs)} ms`);
  if (pauses.length > 0) figures.push(`stood still on a whole path for up to ${longest(undisturbed)} ms`);
  return {
    name: `workload: ${name}`,
    figures: figures.join("; "),
    findings: [
      ...(right === 0 ? ["nothing came through at all"] : []),
      ...wrong,
      ...broken.map((loss) => `a connection was lost: ${loss.text}; ${circumstances(loss, episodes)}`),
      ...slow
        .filter((delay) => ageOf(delay) > LATE_MS_MAX)
        .map((delay) => `a datagram came after ${Math.round(ageOf(delay))} ms; ${circumstances(delay, episodes)}`),
      ...undisturbed
        .filter((pause) => lengthOf(pause) > PAUSE_MS_MAX)
        .map(
          (pause) =>
            `it stood still for ${seconds(lengthOf(pause))} though its path was whole; ${circumstances(pause, episodes)}`,
        ),
    ],
  };
}

/** Whether the documents let a connection end: during its life one of its ends had a fault of a kind that may end connections. */
export function mayEnd({ from, to }: Loss, ends: readonly string[], episodes: readonly Episode[]): boolean {
  return episodes.some(({ fault, beganAt, recoveredAt = Number.POSITIVE_INFINITY }) => {
    if (PROMISES[fault.kind].mayEnd === "none") return false;
    return struckNodes(fault.target).some((node) => ends.includes(node)) && beganAt <= to && recoveredAt >= from;
  });
}

/** The nodes of which a fault strikes one, with its processes. */
function struckNodes(target: FaultTarget): readonly string[] {
  if (target.on === "exit") return target.of;
  return "node" in target ? [target.node] : [];
}

/** Whether a process stood still while a datagram was under way, so that the datagram may have waited in its sockets. */
export function wasHeld({ sentAt, receivedAt }: Delay, episodes: readonly Episode[]): boolean {
  return episodes.some(
    ({ fault, beganAt, mendedAt = Number.POSITIVE_INFINITY }) =>
      PROMISES[fault.kind].holdsDatagrams && beganAt <= receivedAt && mendedAt >= sentAt,
  );
}

function lengthOf({ from, to }: Pause): number {
  return to - from;
}

function longest(pauses: readonly Pause[]): number {
  return Math.round(Math.max(0, ...pauses.map(lengthOf)));
}

function ageOf({ sentAt, receivedAt }: Delay): number {
  return receivedAt - sentAt;
}

/** Names the last faults that went on during a pause or a delay, for people who look for its cause. */
export function circumstances(span: Pause | Delay, episodes: readonly Episode[]): string {
  const [from, to] = "from" in span ? [span.from, span.to] : [span.sentAt, span.receivedAt];
  const during = episodes.filter(({ beganAt, recoveredAt = to }) => beganAt <= to && recoveredAt >= from).slice(-3);
  const faults = during.map(
    ({ fault, beganAt }) => `${fault.number} ${describeFault(fault)}, begun ${seconds(to - beganAt)} before`,
  );
  return faults.length === 0 ? "there was no fault meanwhile" : `faults: ${faults.join("; ")}`;
}

/** Judges each kind of fault that was made. A time with several kinds counts for each of them, and its length for none. */
function judgeRecoveries({ episodes, recoveries }: Chronicle): Judgement[] {
  const kinds = new Set(episodes.map(({ fault }) => fault.kind));
  return [...kinds].toSorted().map((kind) => {
    const its = recoveries.filter(({ faults }) => faults.some((fault) => fault.kind === kind));
    const alone = its.filter(({ faults, missing }) => missing === "" && new Set(faults.map(kindOf)).size === 1);
    const times = alone.map(({ ms }) => ms).toSorted((one, other) => one - other);
    const median = times[times.length >> 1];
    const known =
      median === undefined ? "" : `; recovered in ${seconds(median)} (median), ${seconds(times.at(-1)!)} at most`;
    const failed = its.filter(({ missing }) => missing !== "");
    return {
      name: `recovery: ${kind}`,
      figures: `${episodes.filter(({ fault }) => fault.kind === kind).length} times${known}`,
      findings: failed.map(({ faults, ms, missing }) => {
        return `not whole ${seconds(ms)} after ${faults.map(describeFault).join("; ")}: ${missing}`;
      }),
    };
  });
}

function judgeGrowth(growth: Growth): Judgement {
  const { before, after } = growth;
  const change = (key: keyof typeof before): string => `${Math.round(before[key])} → ${Math.round(after[key])}`;
  return {
    name: `growth: ${growth.name}`,
    figures: `${change("megabytes")} MB, ${change("fds")} file descriptors, ${change("threads")} threads`,
    findings: findGrowth(growth).map((text) => `grew from ${text}`),
  };
}

function kindOf({ kind }: { readonly kind: FaultKind }): FaultKind {
  return kind;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
