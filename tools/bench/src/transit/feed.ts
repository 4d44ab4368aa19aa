import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import type { Generator } from "./generator.ts";

/** Packets on their way at a time: enough to keep the node busy, and far fewer than any of its queues holds. */
const ON_THEIR_WAY_MAX = 64;
/** The most bytes on their way at a time: large packets are fewer, but at least two frames. */
const BYTES_ON_THEIR_WAY_MAX = 262_144;
/** The time without any packet after which the packets on their way count as lost. */
const LOST_AFTER_MS = 50;

export interface Feed {
  readonly from: Generator;
  readonly to: Generator;
  readonly packet: Uint8Array;
  /** The number of packets in a frame, 64 at most. */
  readonly packetsPerFrame: number;
}

export interface Fed {
  readonly seconds: number;
  readonly sent: number;
  readonly received: number;
}

/** Sends packets as fast as they come out at the other side. */
export async function feed({ from, to, packet, packetsPerFrame }: Feed, seconds: number): Promise<Fed> {
  const before = to.received;
  const start = performance.now();
  const end = start + seconds * 1000;
  const fitting = Math.max(2 * packetsPerFrame, Math.floor(BYTES_ON_THEIR_WAY_MAX / packet.length));
  const onTheirWayMax = Math.min(ON_THEIR_WAY_MAX, fitting);
  let sent = 0;
  let lost = 0;
  let last = { received: 0, at: start };
  for (let now = start; now < end; now = performance.now()) {
    const received = to.received - before;
    if (received > last.received) last = { received, at: now };
    if (now - last.at > LOST_AFTER_MS) {
      lost = sent - received;
      last = { received, at: now };
    }
    const room = received + lost + onTheirWayMax - sent;
    for (let left = room; left >= packetsPerFrame && from.isWritable; left -= packetsPerFrame) {
      from.sendFrame(packet, packetsPerFrame);
      sent += packetsPerFrame;
    }
    await setImmediate();
  }
  const ended = performance.now();
  // Packets that are still on their way count here, and not in the next feed.
  for (let waited = 0; waited < LOST_AFTER_MS && to.received - before < sent; waited += 5) await sleep(5);
  return { seconds: (ended - start) / 1000, sent, received: to.received - before };
}
