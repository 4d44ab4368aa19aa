import { cpuSeconds } from "@florenetes/meshlab";
import { setTimeout as sleep } from "node:timers/promises";
import type { Figures } from "../figures.ts";
import { compileProgram } from "../own-programs.ts";
import { SERVICES, type System } from "../system.ts";
import { machineSeconds } from "./machine.ts";
import { run, startServer } from "./programs.ts";

/** Bytes of each datagram: the size of a QUIC packet of a careful program. */
const SIZE = 1_200;
const READY_MS_MAX = 5_000;
/** How long the last datagrams are waited for. */
const LAST_MS = 500;
const ENDS_MS_MAX = 10_000;

/** The highest rate is sought from here on, in Mbit/s, and found to about a tenth. */
const SOUGHT_FROM = 25;
const SOUGHT_UP_TO = 12_800;
const HALVINGS = 3;
const LOST_SHARE_MAX = 0.01;
/** If less than this share of the rate was sent, the sender itself is the limit. */
const SENT_SHARE_MIN = 0.9;
/** How often a rate is tried, as something else on the machine may spoil a try. */
const TRIES = 2;
const TRY_SECONDS_MAX = 2;

/** The fate of datagrams that were sent at a rate. */
export interface Outcome {
  /** Datagrams that should have been sent. */
  readonly asked: number;
  readonly sent: number;
  readonly received: number;
  readonly jitterMicros: number;
  readonly cpuSeconds: number;
}

/** Measures loss, jitter and CPU time at a rate in Mbit/s. */
export async function measureDatagramsAt(system: System, rate: 100, seconds: number): Promise<Figures> {
  const { sent, received, jitterMicros, cpuSeconds: spent } = await sendDatagrams(system, rate, seconds);
  return {
    [`datagrams lost %, ${rate}`]: (1 - received / sent) * 100,
    [`jitter, ${rate}`]: jitterMicros,
    [`CPU s per million datagrams, ${rate}`]: (spent / received) * 1e6,
  };
}

/** Measures datagrams per second at the highest rate at which hardly any are lost, and their CPU time. */
export async function measureDatagramRate(system: System, seconds: number): Promise<Figures> {
  const trySeconds = Math.min(seconds, TRY_SECONDS_MAX);
  const best = await seekHighest(async (rate) => {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const outcome = await sendDatagrams(system, rate, trySeconds);
      if (isCarried(outcome)) return outcome;
    }
    return undefined;
  });
  if (best === undefined) throw new Error(`more than 1 % are lost at ${SOUGHT_FROM} Mbit/s`);
  return {
    "datagrams/s": best.received / trySeconds,
    "CPU s per million datagrams, highest": (best.cpuSeconds / best.received) * 1e6,
  };
}

export function isCarried({ asked, sent, received }: Outcome): boolean {
  return sent >= asked * SENT_SHARE_MIN && received >= sent * (1 - LOST_SHARE_MAX);
}

/**
 * Doubles a rate until it is not carried, and then looks between the last two.
 *
 * @param carry tries a rate; undefined when it is too high
 * @returns the result of the highest rate that was carried; undefined when none was
 */
export async function seekHighest<Found>(
  carry: (rate: number) => Promise<Found | undefined>,
): Promise<Found | undefined> {
  let best: Found | undefined;
  let [low, high] = [0, SOUGHT_FROM];
  for (; high <= SOUGHT_UP_TO; [low, high] = [high, 2 * high]) {
    const found = await carry(high);
    if (found === undefined) break;
    best = found;
  }
  if (low === 0 || high > SOUGHT_UP_TO) return best;
  for (let halving = 0; halving < HALVINGS; halving += 1) {
    const middle = Math.sqrt(low * high);
    const found = await carry(middle);
    if (found === undefined) high = middle;
    else [low, best] = [middle, found];
  }
  return best;
}

/** Sends datagrams from a to d, at a rate in Mbit/s. */
async function sendDatagrams(system: System, rate: number, seconds: number): Promise<Outcome> {
  const { lab, host, ports } = system;
  const program = compileProgram("datagrams", lab.folder);
  using receiver = startServer(system, [program, "receive", host, String(SERVICES.datagrams)]);
  if (!(await receiver.untilSays("ready\n", READY_MS_MAX))) throw new Error(`nobody receives: ${receiver.said()}`);
  const perSecond = (rate * 1e6) / 8 / SIZE;
  const numbers = [ports.datagrams, SIZE, perSecond.toFixed(1), seconds].map(String);
  const before = usedBy(system);
  const output = await run(lab, "a", [program, "send", host, ...numbers], seconds);
  await sleep(LAST_MS);
  const spent = spentSince(before, usedBy(system));
  receiver.child.stdin!.end();
  await Promise.race([receiver.ended, sleep(ENDS_MS_MAX)]);
  const { sent } = JSON.parse(output) as { sent: number };
  const { received, jitterMicros } = JSON.parse(receiver.said().trim().split("\n").at(-1)!) as Outcome;
  if (!(received > 0)) throw new Error(`none of ${sent} datagrams arrived`);
  return { asked: Math.floor(perSecond * seconds), sent, received, jitterMicros, cpuSeconds: spent };
}

/** CPU time of each process of a system, by its number. If the system is the kernel: that of the whole machine, as number 0. */
function usedBy(system: System): Map<number, number> {
  const pids = [...system.processes().values()];
  if (pids.length === 0) return new Map([[0, machineSeconds()]]);
  return new Map(pids.map((pid) => [pid, cpuSeconds(pid) ?? 0]));
}

/** CPU time between two looks. A process that has begun meanwhile counts in full; one that has ended does not. */
export function spentSince(before: ReadonlyMap<number, number>, after: ReadonlyMap<number, number>): number {
  return [...after].reduce((sum, [pid, seconds]) => sum + seconds - (before.get(pid) ?? 0), 0);
}
