import assert from "node:assert";
import { type MemoryFlorioPort, QUEUE_BYTES_MAX, QUEUE_CONTROL_MAX, QUEUE_FRAMES_MAX } from "@florenetes/florio";

/** The process that has one end of a portal. */
export type WireEnd = "cluster" | "link";

/**
 * Holds the two ports of a portal to their bounds, and to each other: each frame that one port has sent was received by the other one, dropped by a
 * cause, lost with a process that was killed, or is in the socket.
 */
export class FlorioLedger {
  readonly #ports: Readonly<Record<WireEnd, MemoryFlorioPort>>;
  /** Frames that a killed process had not read. */
  readonly #lostUnread = { cluster: 0, link: 0 };
  #wasClusterKilled = false;

  constructor(ports: Readonly<Record<WireEnd, MemoryFlorioPort>>) {
    this.#ports = ports;
  }

  /** Notes that the process at that end is about to be killed. */
  handleKill(end: WireEnd): void {
    this.#lostUnread[end] += this.#ports[end].unread;
    this.#wasClusterKilled ||= end === "cluster";
  }

  /** Checks that a port keeps no more than it may. To be called when the port has gathered all that a turn brought. */
  checkWaiting({ waiting: { frames, bytes, control } }: MemoryFlorioPort): void {
    const isWithin = frames <= QUEUE_FRAMES_MAX && bytes <= QUEUE_BYTES_MAX && control <= QUEUE_CONTROL_MAX;
    assert(isWithin, `${frames} frames of ${bytes} bytes and ${control} messages wait for a socket`);
  }

  /** Checks that no frame is unaccounted for. May be called between any two turns. */
  checkFrames(): void {
    this.#checkDirection("cluster", "link");
    this.#checkDirection("link", "cluster");
  }

  /** @param packetsSent the number of packets that the links of a cluster vertex gave to this portal */
  checkPackets(packetsSent: number): void {
    const { counters, waiting } = this.#ports.cluster;
    // A cluster vertex that was killed has taken its counts with it.
    if (this.#wasClusterKilled || waiting.frames > 0) return;
    const { packetsSent: sent, packetsDroppedNotConnected, packetsDroppedUnsendable } = counters;
    const counted = sent + packetsDroppedNotConnected + packetsDroppedUnsendable;
    assert.strictEqual(counted, packetsSent, "packets that FlorIO counts of those that links gave to it");
  }

  #checkDirection(from: WireEnd, to: WireEnd): void {
    const { counters: sender } = this.#ports[from];
    const { counters: receiver, unread } = this.#ports[to];
    const { framesDroppedDisconnected, framesDroppedMalformed, framesDroppedVersion, framesDroppedType } = receiver;
    const lost = framesDroppedDisconnected + this.#lostUnread[to];
    const refused = framesDroppedMalformed + framesDroppedVersion + framesDroppedType;
    const counted = receiver.framesReceived + lost + unread;
    assert.strictEqual(counted, sender.framesSent, `frames that the ${to} vertex counts of those it was sent`);
    assert.strictEqual(refused, 0, `frames that the ${to} vertex does not understand`);
    const isWhole = lost === 0 && unread === 0;
    if (isWhole) assert.strictEqual(receiver.packetsReceived, sender.packetsSent, `packets in the frames to ${to}`);
  }
}
