import { setTimeout as sleep } from "node:timers/promises";
import type { Attack, Check } from "./attack.ts";
import { now } from "./clock.ts";
import { eventually } from "./eventually.ts";
import { type Extent, Ground, type Place, type Vertices } from "./ground.ts";
import type { Honest } from "./honest.ts";
import { AFTER_MS, AFTER_MS_QUICK, MEMORY_MB_MAX, TWIN_MS, TWIN_MS_QUICK } from "./limits.ts";

/** A mesh like the attacked ones, of the same run, that is not attacked. */
export interface Twin {
  /** The QUIC engine of the twin's link-flor. */
  readonly engine: string;
  /** Seconds of CPU time in a second, of the node that is the victim elsewhere. */
  readonly cpuPerSecond: number;
  readonly honest: Honest;
  /** Undefined in a mesh without agents. */
  readonly downloads?: Honest | undefined;
}

/** The result of one attack. */
export interface Outcome {
  readonly name: string;
  readonly by: string;
  readonly description: string;
  readonly packets: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** CPU time divided by the twin's in a span of the same length; undefined without a twin. */
  readonly cpuRatio: number | undefined;
  readonly megabytesAtEnd: number;
  readonly megabytesAfter: number;
  readonly beside: Honest;
  readonly after: Honest;
  readonly twin: Twin | undefined;
  readonly isHeld: boolean;
  readonly checks: readonly Check[];
}

export async function observeTwin(place: Place, extent: Extent, vertices?: Vertices): Promise<Twin> {
  await using ground = await Ground.open(place, extent, vertices);
  const { linkFlor } = await ground.status();
  const [start, cpu] = [now(), ground.cpuSeconds()];
  await sleep(extent.isShort ? TWIN_MS_QUICK : TWIN_MS);
  const end = now();
  return {
    engine: linkFlor?.engine?.name ?? "unknown",
    cpuPerSecond: ((ground.cpuSeconds() - cpu) / (end - start)) * 1000,
    honest: ground.honest.between(start, end),
    downloads: ground.downloads?.between(start, end),
  };
}

/** Tries an attack on a fresh mesh: {@link attackOn}. */
export async function tryAttack(
  attack: Attack,
  extent: Extent,
  twin: Twin | undefined,
  vertices?: Vertices,
): Promise<Outcome> {
  await using ground = await Ground.open(attack, extent, vertices);
  return await attackOn(ground, attack, extent, twin);
}

/** Makes an attack on a mesh that is up. Without a twin, CPU time and latency are not compared. */
export async function attackOn(
  ground: Ground,
  attack: Attack,
  extent: Extent,
  twin: Twin | undefined,
): Promise<Outcome> {
  const before = { at: now(), cpu: ground.cpuSeconds(), megabytes: ground.megabytes() };
  const course = await attack.run(ground, extent);
  const end = { at: now(), cpu: ground.cpuSeconds(), megabytes: ground.megabytes() };
  await sleep(extent.isShort ? AFTER_MS_QUICK : AFTER_MS);
  // On a busy machine, the first request since the attack may not be over yet.
  await eventually(async () => ground.honest.between(end.at, now()).requests > 0);
  const megabytesAfter = ground.megabytes() - before.megabytes;
  const after = ground.honest.between(end.at, now());
  const beside = ground.honest.between(before.at, end.at);
  const seconds = (end.at - before.at) / 1000;
  const cpuSeconds = end.cpu - before.cpu;
  const checks = [
    ...course.checks,
    ...(await checkProcesses(ground)),
    checkMemory(megabytesAfter, attack.memoryMax ?? MEMORY_MB_MAX),
    checkHonest(after),
    ...checkDownloads(ground.downloads?.between(before.at, end.at), twin?.downloads),
    ...(extent.isShort || !twin ? [] : checkLatency(beside, twin.honest, attack.p99RatioMax)),
  ];
  return {
    name: attack.name,
    by: attack.by,
    description: attack.description,
    packets: course.packets,
    bytes: course.bytes,
    seconds,
    cpuSeconds,
    cpuRatio: twin && cpuSeconds / (twin.cpuPerSecond * seconds),
    megabytesAtEnd: end.megabytes - before.megabytes,
    megabytesAfter,
    beside,
    after,
    twin,
    isHeld: checks.every(({ isHeld }) => isHeld),
    checks,
  };
}

/** Whether the victim's processes live and answer, its agent among them. */
export async function checkProcesses(ground: Ground): Promise<Check[]> {
  const fallen = ground.fallen();
  if (fallen.length > 0) return [{ isHeld: false, text: `${fallen.join(" and ")} ended` }];
  const { linkFlor, clusterFlor } = await ground.status();
  const agent = await ground.isAgentSilent();
  const silent = [
    ...(linkFlor ? [] : ["link-flor"]),
    ...(clusterFlor ? [] : ["cluster-flor"]),
    ...(agent ? ["fabric-flor"] : []),
  ];
  if (silent.length > 0) return [{ isHeld: false, text: `${silent.join(" and ")} hangs` }];
  return [{ isHeld: true, text: ground.victims.size > 2 ? "all three processes live" : "both processes live" }];
}

function checkMemory(gained: number, max: number): Check {
  return { isHeld: gained <= max, text: `${gained.toFixed(0)} MB kept (at most ${max})` };
}

/** Requests that were under way when the attack ended may fail with it: more than half of all have to succeed. */
function checkHonest({ requests, failed }: Honest): Check {
  const isHeld = requests > 0 && failed < requests / 2;
  return { isHeld, text: `${requests - failed} of ${requests} requests succeed afterwards` };
}

/** Downloads go on under an attack: none may fail. */
function checkDownloads(beside: Honest | undefined, twin: Honest | undefined): Check[] {
  if (beside === undefined) return [];
  const { requests, failed, p99Ms } = beside;
  const times = `p99 ${p99Ms?.toFixed(0)} ms${twin ? ` (twin ${twin.p99Ms?.toFixed(0)} ms)` : ""}`;
  return [
    { isHeld: requests > 0 && failed === 0, text: `${requests - failed} of ${requests} downloads whole, ${times}` },
  ];
}

function checkLatency({ p99Ms = Infinity }: Honest, twin: Honest, ratioMax = Infinity): Check[] {
  if (ratioMax === Infinity) return [];
  const ratio = p99Ms / twin.p99Ms!;
  return [{ isHeld: ratio <= ratioMax, text: `p99 was ${ratio.toFixed(1)} times the twin's (at most ${ratioMax})` }];
}
