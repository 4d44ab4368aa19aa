import { randomBytes } from "node:crypto";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { programArguments } from "@florenetes/meshlab";
import { LinkBench, type BenchLink, type Subject } from "./link-bench.ts";
import type { Medium } from "./medium.ts";

const UDP = "udp://127.0.0.1:{port}";
const PACKET_SIZE = 1_280;
const PACKETS_PER_FRAME = 20;
/** Packets on their way at a time: enough to keep a vertex busy, and less than its queues hold. */
const ON_THEIR_WAY_MAX = 100;
const THROUGHPUT_MS = 2_000;
/** The time after which a packet that has not come is lost. */
const LOST_AFTER_MS = 50;
const ROUND_TRIPS = 200;
const ROUND_TRIP_MS_MAX = 500;
/** The time whose packets are on their way over a slow medium, as many as it carries in that time. Round trips are fewer, too. */
const ON_THEIR_WAY_MS = 150;
const ON_THEIR_WAY_MIN = 4;
const ROUND_TRIPS_MS = 10_000;
const ROUND_TRIPS_MIN = 10;

/** The figures of a link vertex, which are no requirements. */
export interface Figures {
  readonly megabitsPerSecond: number;
  /** Seconds of CPU time of both processes for a gigabyte. */
  readonly cpuSecondsPerGigabyte: number;
  /** The median round trip, in ms. */
  readonly roundTripMs: number;
}

/** Measures a link vertex beside another one. If one of them cannot be measured, `say` is told why, and it is left out. */
export async function measureBeside(
  subject: Subject,
  beside: readonly string[] = [process.execPath, ...programArguments("link-flor")],
  say: (text: string) => void,
): Promise<ReadonlyMap<string, Figures>> {
  const forms = { listen: UDP, endpoint: UDP };
  const other: Subject = { command: beside, unchecked: undefined, settings: {}, hasCredentials: true, forms };
  const measured = new Map<string, Figures>();
  // If both have one name, they are the same vertex, which is measured once.
  const both = new Map([
    [beside.at(-1)!, other],
    [subject.command.at(-1)!, subject],
  ]);
  for (const [name, one] of both) {
    try {
      measured.set(name, await measure(one));
    } catch (error) {
      say(`${name} could not be measured: ${(error as Error).message}`);
    }
  }
  return measured;
}

/** Measures one link between two processes, with packets of 1,280 bytes. */
async function measure(subject: Subject): Promise<Figures> {
  await using bench = await LinkBench.open(subject);
  await bench.restore();
  const link = await bench.link();
  return { ...(await throughput(bench, link)), roundTripMs: await roundTrip(bench, link) };
}

async function throughput({ a, b, sides, medium }: LinkBench, link: BenchLink): Promise<Omit<Figures, "roundTripMs">> {
  const cpu = (): number => sides.reduce((sum, { vertex }) => sum + vertex.cpuSeconds, 0);
  const onTheirWay = onTheirWayIn(medium);
  const packets = Math.min(PACKETS_PER_FRAME, onTheirWay >> 1);
  const frame = Array.from({ length: packets }, () => randomBytes(PACKET_SIZE));
  const lostAfterMs = LOST_AFTER_MS + medium.msFor(onTheirWay * PACKET_SIZE);
  const forMs = THROUGHPUT_MS + medium.linkMs;
  let received = 0;
  b.onPacket = () => void received++;
  const start = performance.now();
  const cpuBefore = cpu();
  let sent = 0;
  let last = { received, at: start };
  for (let now = start; now - start < forMs; now = performance.now()) {
    if (received > last.received) last = { received, at: now };
    if (now - last.at > lostAfterMs) {
      sent = received;
      last = { received, at: now };
    }
    if (sent - received + packets <= onTheirWay && a.sendPackets(link.a.handle, ...frame) === "") sent += packets;
    await nextLook(medium);
  }
  const seconds = (performance.now() - start) / 1_000;
  const bytes = received * PACKET_SIZE;
  const cpuSeconds = cpu() - cpuBefore;
  b.onPacket = undefined;
  return { megabitsPerSecond: (bytes * 8) / seconds / 1e6, cpuSecondsPerGigabyte: (cpuSeconds * 1e9) / bytes };
}

async function roundTrip({ a, b, medium }: LinkBench, link: BenchLink): Promise<number> {
  // After this time no packet of the earlier measure is on its way.
  await sleep(LOST_AFTER_MS + medium.msFor(onTheirWayIn(medium) * PACKET_SIZE));
  const thereAndBackMs = medium.msFor(2 * PACKET_SIZE);
  const count = Math.max(ROUND_TRIPS_MIN, Math.min(ROUND_TRIPS, Math.floor(ROUND_TRIPS_MS / thereAndBackMs)));
  const times: number[] = [];
  b.onPacket = (packet) => void b.sendPackets(link.b.handle, packet);
  const back = { count: 0 };
  a.onPacket = () => void back.count++;
  for (let i = 0; i < count; i++) {
    const before = back.count;
    const start = performance.now();
    a.sendPackets(link.a.handle, randomBytes(PACKET_SIZE));
    const end = start + ROUND_TRIP_MS_MAX + thereAndBackMs;
    while (back.count === before && performance.now() < end) await nextLook(medium);
    times.push(performance.now() - start);
  }
  return times.sort((one, other) => one - other)[count >> 1]!;
}

function onTheirWayIn(medium: Medium): number {
  const packets = Math.floor(medium.bytesIn(ON_THEIR_WAY_MS) / PACKET_SIZE);
  return Math.max(ON_THEIR_WAY_MIN, Math.min(ON_THEIR_WAY_MAX, packets));
}

/** While the kit waits for a slow medium, it leaves the processor to others. */
async function nextLook(medium: Medium): Promise<void> {
  if (medium.rate === Infinity) await setImmediate();
  else await sleep(1);
}
