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
  /** QUIC packets. */
  readonly packetsLost: number;
  readonly queueLength: number;
  readonly packetsSplit: number;
  readonly piecesSent: number;
  readonly packetsJoined: number;
  readonly drops: SessionDrops;
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

/** The figures that the two ends of a session's packets know. */
type PacketFigures = Omit<SessionFigures, "rttMs" | "packetsLost" | "packetsReceived" | "bytesReceived">;

export function packetFigures(
  sender: DatagramSender,
  joiner: Joiner,
  droppedTooLarge: number,
  droppedBeforeUp: number,
): PacketFigures {
  const { packetsSent, bytesSent, packetsSplit, piecesSent, queue } = sender;
  return {
    packetsSent,
    bytesSent,
    packetsSplit,
    piecesSent,
    packetsJoined: joiner.joined,
    queueLength: queue.length,
    drops: {
      tooLarge: droppedTooLarge + sender.droppedByEngine,
      beforeUp: droppedBeforeUp,
      queueFull: queue.droppedFull,
      queueLate: queue.droppedLate,
      incomplete: joiner.givenUp,
      pieceRefused: joiner.piecesRefused,
    },
  };
}

/** The figures of a session that has gone on elsewhere: QUIC's count from its beginning. */
export function addFigures(before: SessionFigures, since: SessionFigures): SessionFigures {
  const drops: Record<keyof SessionDrops, number> = { ...before.drops };
  for (const cause of Object.keys(drops) as (keyof SessionDrops)[]) drops[cause] += since.drops[cause];
  return {
    rttMs: since.rttMs,
    packetsLost: since.packetsLost,
    queueLength: since.queueLength,
    packetsSent: before.packetsSent + since.packetsSent,
    packetsReceived: before.packetsReceived + since.packetsReceived,
    bytesSent: before.bytesSent + since.bytesSent,
    bytesReceived: before.bytesReceived + since.bytesReceived,
    packetsSplit: before.packetsSplit + since.packetsSplit,
    piecesSent: before.piecesSent + since.piecesSent,
    packetsJoined: before.packetsJoined + since.packetsJoined,
    drops,
  };
}
