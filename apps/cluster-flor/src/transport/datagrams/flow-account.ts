import type { NativeFlowFigures } from "@florenetes/data-plane";
import type { Counts } from "@florenetes/process-kit";

/** Datagrams that were thrown away here, by cause; the names are those of status. */
export class DatagramDrops {
  /** More waited to be sent than may. */
  queue = 0;
  /** Datagrams that waited to be sent for too long. */
  late = 0;
  /** Datagrams that do not fit into a packet, and are not to be cut. */
  tooLarge = 0;
  /** Pieces of them did not come. */
  unfinished = 0;
  /** Their flow is not there. */
  unknownFlow = 0;
  /** Bytes that are no datagram, or pieces that contradict others. */
  malformed = 0;
  /** More than may waits for the flow's connection, or for its target; or the memory for streams is spent. */
  noRoom = 0;
  /** Their client's flow was refused a moment ago. */
  refused = 0;
  /** The system did not take them for the target, or for the client. */
  target = 0;

  toJSON(): Record<string, number> {
    return Object.fromEntries(Object.entries(this).map(([cause, count]) => [cause, Number(count)]));
  }
}

/** How many datagrams went through a tunnel or a service, and what became of flows that ended well. */
export interface DatagramCounts {
  /** Flows that this end has ended, by cause. */
  readonly ended: Counts;
  /** Handed to the mesh. */
  readonly sent: TrafficCounts;
  /** Out of the mesh. */
  readonly received: TrafficCounts;
  readonly drops: Counts;
}

export interface TrafficCounts {
  readonly datagrams: number;
  readonly bytes: number;
}

/** Counts the datagrams of one tunnel or one service. */
export class FlowAccount {
  readonly drops: DatagramDrops = new DatagramDrops();
  readonly #ended = { idle: 0, room: 0 };
  readonly #sent = { datagrams: 0, bytes: 0 };
  readonly #received = { datagrams: 0, bytes: 0 };
  #ofLane: NativeFlowFigures | undefined;

  /** A flow was ended: it was silent, or had to make room. */
  handleEnded(cause: "idle" | "room"): void {
    this.#ended[cause]++;
  }

  handleSent(bytes: number): void {
    this.#sent.datagrams++;
    this.#sent.bytes += bytes;
  }

  handleReceived(bytes: number): void {
    this.#received.datagrams++;
    this.#received.bytes += bytes;
  }

  /** Counts of the data thread, which never fall. */
  handleLaneFigures(figures: NativeFlowFigures): void {
    this.#ofLane = figures;
  }

  get counts(): DatagramCounts {
    const own: DatagramCounts = {
      ended: { ...this.#ended },
      sent: { ...this.#sent },
      received: { ...this.#received },
      drops: this.drops.toJSON(),
    };
    return this.#ofLane === undefined ? own : sumOf(own, this.#ofLane);
  }
}

function sumOf({ ended, sent, received, drops }: DatagramCounts, lane: NativeFlowFigures): DatagramCounts {
  return {
    ended: add(ended, { idle: lane.endedIdle, room: lane.endedRoom }),
    sent: { datagrams: sent.datagrams + lane.datagramsSent, bytes: sent.bytes + lane.bytesSent },
    received: { datagrams: received.datagrams + lane.datagramsReceived, bytes: received.bytes + lane.bytesReceived },
    drops: add(drops, { ...lane.drops }),
  };
}

function add(counts: Counts, more: Counts): Counts {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, count + (more[name] ?? 0)]));
}
