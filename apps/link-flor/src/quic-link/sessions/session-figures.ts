import type { LinkClassCounts } from "../../link-class-counts.ts";
import type { DatagramSender } from "../packets/datagram-sender.ts";
import type { Joiner } from "../packets/joiner.ts";

/** Counts of a session since its beginning: packets are those of the mesh, without probes. */
export interface SessionFigures {
  /** In milliseconds. */
  readonly rttMs: number;
  readonly packetsSent: number;
  readonly packetsReceived: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** QUIC packets that were lost. */
  readonly packetsLost: number;
  /** Whether QUIC packets are marked ECT(0), and marks come through (RFC 9000, 13.4). */
  readonly isEcnOn: boolean;
  /** QUIC packets that came marked CE. */
  readonly ceReceived: number;
  readonly queueLength: number;
  readonly packetsSplit: number;
  readonly piecesSent: number;
  readonly packetsJoined: number;
  readonly drops: SessionDrops;
  /** The counts of each class, by its number. */
  readonly classes: readonly LinkClassCounts[];
}

/** Packets that a session has thrown away, by cause. */
export type SessionDrops = {
  /** Larger than the link's MTU, or than the engine takes. */
  readonly tooLarge: number;
  readonly beforeUp: number;
  readonly queueFull: number;
  readonly queueLate: number;
  readonly incomplete: number;
  readonly pieceRefused: number;
};

/** The figures that the QUIC connection of a session knows. */
type QuicFigures = Pick<SessionFigures, "rttMs" | "packetsLost" | "isEcnOn" | "ceReceived">;

/** The figures of a socket that neither sets nor reads ECN marks. */
export const NO_ECN = { isEcnOn: false, ceReceived: 0 };

/** The figures that the sender and the joiner of a session's packets know. */
type PacketFigures = Omit<SessionFigures, keyof QuicFigures | "packetsReceived" | "bytesReceived">;

export function packetFigures(
  sender: DatagramSender,
  joiner: Joiner,
  droppedTooLarge: number,
  droppedBeforeUp: number,
): PacketFigures {
  const { packetsSent, bytesSent, packetsSplit, piecesSent, queue } = sender;
  return {
    // A probe that still waits has been taken off already, so the counts may be below 0.
    packetsSent: Math.max(0, packetsSent),
    bytesSent: Math.max(0, bytesSent),
    packetsSplit,
    piecesSent,
    packetsJoined: joiner.joined,
    queueLength: queue.length,
    drops: {
      tooLarge: droppedTooLarge + sender.droppedByEngine,
      beforeUp: droppedBeforeUp,
      ...queueDrops(queue.counts),
      incomplete: joiner.givenUp,
      pieceRefused: joiner.piecesRefused,
    },
    classes: queue.counts.map((counts) => counts.snapshot()),
  };
}

/** Packets of all classes that a queue has dropped. */
export function queueDrops(classes: readonly LinkClassCounts[]): Pick<SessionDrops, "queueFull" | "queueLate"> {
  return {
    queueFull: classes.reduce((sum, { droppedFull }) => sum + droppedFull, 0),
    queueLate: classes.reduce((sum, { droppedLate }) => sum + droppedLate, 0),
  };
}

/** The figures of a session that was handed over. Figures of QUIC count from its beginning, so those since then have all. */
export function addFigures(before: SessionFigures, since: SessionFigures): SessionFigures {
  const drops: Record<keyof SessionDrops, number> = { ...before.drops };
  for (const cause of Object.keys(drops) as (keyof SessionDrops)[]) drops[cause] += since.drops[cause];
  return {
    rttMs: since.rttMs,
    packetsLost: since.packetsLost,
    isEcnOn: since.isEcnOn,
    ceReceived: since.ceReceived,
    queueLength: since.queueLength,
    packetsSent: before.packetsSent + since.packetsSent,
    packetsReceived: before.packetsReceived + since.packetsReceived,
    bytesSent: before.bytesSent + since.bytesSent,
    bytesReceived: before.bytesReceived + since.bytesReceived,
    packetsSplit: before.packetsSplit + since.packetsSplit,
    piecesSent: before.piecesSent + since.piecesSent,
    packetsJoined: before.packetsJoined + since.packetsJoined,
    drops,
    classes: before.classes.map((counts, number) => addCounts(counts, since.classes[number]!)),
  };
}

function addCounts(before: LinkClassCounts, since: LinkClassCounts): LinkClassCounts {
  return {
    packetsSent: before.packetsSent + since.packetsSent,
    bytesSent: before.bytesSent + since.bytesSent,
    droppedFull: before.droppedFull + since.droppedFull,
    droppedLate: before.droppedLate + since.droppedLate,
    delayMs: before.delayMs + since.delayMs,
  };
}
