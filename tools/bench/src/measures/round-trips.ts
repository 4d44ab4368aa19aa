import { setTimeout as sleep } from "node:timers/promises";
import { type Figures, quantile, type RoundTripName } from "../figures.ts";
import type { FaultName, System } from "../system.ts";
import { hasEnded, isSoon, type Running, start, workload } from "./programs.ts";
import { withBulk } from "./throughput.ts";

const READY_MS_MAX = 10_000;
/** The time that a connection, or a bulk transfer beside it, runs before round trips count. */
const SETTLES_MS = 500;
/** The time that eight streams take to share a slow way out among them. */
const STREAMS_SETTLE_SECONDS = 4;
/** The longest round trip that is waited for. */
const STALL_MS_MAX = 15_000;

/** Pause between two round trips in an outage. */
const OUTAGE_PAUSE_MS = 5;
/** The time for which the workload goes on once it runs again: a system may stumble twice. */
const AFTER_MS = 2_000;
/** The longest silence after a fault is over: beyond it the connection counts as lost. */
const SILENT_MS_MAX = 60_000;
/** The longest time in which a peer may carry a new connection again: beyond it, it is not measured any further. */
const HEALS_MS_MAX = 90_000;

/** The last line of the workload's program. */
interface PingPong {
  readonly endedMs: readonly number[];
  readonly micros: readonly number[];
  readonly lost: string | null;
}

/** Begins round trips of 64 bytes over one connection from a to an echo server on d; resolves when the first one has ended. */
async function begin({ lab, host, ports }: System, pauseMs = 0, withinMs = READY_MS_MAX): Promise<Running> {
  const program = start(lab, "a", workload("ping-pong", host, ports.echo, pauseMs));
  if (await program.untilSays("ready\n", withinMs)) return program;
  program[Symbol.dispose]();
  throw new Error(`no round trip from a to d within ${withinMs} ms`);
}

/** Resolves with the round trips that ended since `sinceMs`, in microseconds, and why the connection was lost, or null. */
async function end(trips: Running, sinceMs: number): Promise<{ micros: number[]; lost: string | null }> {
  trips.child.stdin!.end();
  await Promise.race([trips.ended, sleep(STALL_MS_MAX)]);
  const { endedMs, micros, lost } = JSON.parse(trips.said().split("\n").at(-1)!) as PingPong;
  return { micros: micros.filter((_, index) => endedMs[index]! >= sinceMs), lost };
}

/** Waits until a round trip from a to the echo server on d works. */
export async function untilCarries(system: System, withinMs: number): Promise<void> {
  (await begin(system, 0, withinMs))[Symbol.dispose]();
}

/** Takes round trips, one at a time: median and 99th percentile. */
export async function measureRoundTrips(system: System, seconds: number): Promise<Figures> {
  using trips = await begin(system);
  return await countFor(trips, "round trip", seconds);
}

/**
 * Takes round trips while one stream carries a bulk transfer from a to d. The connection of the round trips is there before the
 * transfer begins.
 *
 * @param limit rate of the transfer in Mbit/s; null: no limit
 */
export async function measureBesideBulk(system: System, limit: 200 | null, seconds: number): Promise<Figures> {
  using trips = await begin(system);
  let figures: Figures = {};
  await withBulk(system, { streams: 1, seconds: seconds + 1, settleSeconds: 0, limit }, async () => {
    figures = await countFor(trips, limit === null ? "beside bulk" : `beside ${limit} Mbit/s`, seconds);
  });
  return figures;
}

/**
 * Takes round trips while eight streams fill the way from a to d, once their windows have settled. The connection of the round trips is
 * there before.
 */
export async function measureBesideStreams(system: System, seconds: number): Promise<Figures> {
  using trips = await begin(system);
  let figures: Figures = {};
  const length = STREAMS_SETTLE_SECONDS + seconds + 1;
  const bulk = await withBulk(system, { streams: 8, seconds: length, settleSeconds: 0, limit: null }, async () => {
    await sleep(STREAMS_SETTLE_SECONDS * 1_000);
    figures = await countFor(trips, "beside 8 streams", seconds);
  });
  return { ...figures, "Mbit/s, 8": bulk.bits_per_second / 1e6 };
}

async function countFor(trips: Running, name: RoundTripName, seconds: number): Promise<Figures> {
  await sleep(SETTLES_MS);
  const startedAt = now();
  await sleep(seconds * 1000);
  const { micros, lost } = await end(trips, startedAt);
  if (lost !== null || micros.length === 0) throw new Error(lost ?? "the round trips stalled");
  return { [`${name}, p50`]: quantile(micros, 0.5)!, [`${name}, p99`]: quantile(micros, 0.99)! };
}

/**
 * Makes a fault while round trips go over one connection from a to d. The system is whole again afterwards. The outage lasts until all
 * that was struck is started again (a mesh: and ready). The pause is the longest round trip, if the connection lived.
 */
export async function measureOutage(system: System, fault: FaultName): Promise<Figures> {
  try {
    using trips = await begin(system, OUTAGE_PAUSE_MS);
    await sleep(SETTLES_MS);
    const startedAt = now();
    await system.strikes[fault]?.();
    const outageMs = now() - startedAt;
    const heard = trips.said().length;
    // The first dot may be of a round trip that ended before.
    const isAgain = await isSoon(() => trips.said().length > heard + 1 || hasEnded(trips.child), SILENT_MS_MAX);
    await sleep(AFTER_MS);
    const { micros, lost } = await end(trips, startedAt);
    const pauseMs = Math.max(...micros) / 1000;
    const lived = { [`pause ms, ${fault}`]: pauseMs, [`beyond ms, ${fault}`]: Math.max(0, pauseMs - outageMs) };
    const isLost = lost !== null || !isAgain;
    const told = Object.entries((await system.recoveries?.()) ?? {}).map(([reason, ms]) => [
      `recovery ms, ${fault}, ${reason}`,
      ms,
    ]);
    const always = { [`outage ms, ${fault}`]: outageMs, [`lost, ${fault}`]: Number(isLost) };
    return { ...always, ...Object.fromEntries(told), ...(isLost ? {} : lived) };
  } finally {
    await system.recover?.();
    await untilCarries(system, HEALS_MS_MAX);
  }
}

/** The machine's clock, which the workload's program reads, too. */
function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
