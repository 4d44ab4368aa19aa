import type { NativeFlowFigures } from "@florenetes/data-plane";
import type { Counts } from "@florenetes/process-kit";

/** Datagrams that were dropped here, by cause; the names are those of status. */
export class DatagramDrops {
  /** Too many datagrams waited to be sent. */
  queue = 0;
  /** Datagrams that waited to be sent for too long. */
  late = 0;
  /** Datagrams that do not fit into a packet, and may not be cut. */
  tooLarge = 0;
  /** Some pieces of the datagrams did not come. */
  unfinished = 0;
  /** The datagrams belong to no present flow. */
  unknownFlow = 0;
  /** Payloads that are no datagram, or pieces that contradict others. */
  malformed = 0;
  /** Too many datagrams wait for the flow's connection or target; or the memory for streams is used up. */
  noRoom = 0;
  /** The flow of the client was refused a moment ago. */
  refused = 0;
  /** The system did not accept the datagrams for the target, or for the client. */
  target = 0;

  toJSON(): Record<string, number> {
    return Object.fromEntries(Object.entries(this).map(([cause, count]) => [cause, Number(count)]));
  }
}

/** The datagrams of a tunnel or a service, and the flows that this end has ended. */
export interface DatagramCounts {
  /** Flows that this end has ended, by cause. */
  readonly ended: Counts;
  /** Given to the mesh. */
  readonly sent: TrafficCounts;
  /** Received from the mesh. */
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

  /** A flow was ended, since it was silent or had to make room. */
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
