import type { LinkStats } from "@florenetes/portal-api";
import type { LinkStatusRow } from "../../link-protocol.ts";
import type { Link, LinkSession } from "./link.ts";
import { formatEndpoint } from "../addresses/link-address.ts";
import type { Session } from "../sessions/engine-session.ts";

/** The numbers of the session that carries the link; zeros while there is none. */
export function linkStats<S extends LinkSession>(
  link: Link<S>,
  session: Session | undefined,
  droppedNotUp: number,
): LinkStats {
  const { peer, tag } = link;
  const quic = session?.connection.stats();
  const sender = session?.sender;
  return {
    peer,
    tag,
    rttMs: quic?.rttMs ?? 0,
    packetsSent: sender?.packetsSent ?? 0,
    packetsReceived: session?.packetsReceived ?? 0,
    bytesSent: sender?.bytesSent ?? 0,
    bytesReceived: session?.bytesReceived ?? 0,
    packetsLost: quic?.packetsLost ?? 0,
    packetsDropped: droppedNotUp + (session === undefined ? 0 : sum(drops(session))),
    queueLength: sender?.queue.length ?? 0,
  };
}

export function linkStatusRow<S extends LinkSession>(
  link: Link<S>,
  session: Session | undefined,
  droppedNotUp: number,
  now: number,
): LinkStatusRow {
  const { state, code, text, mtu, preferredMtu, handle } = link.status;
  const { rttMs, packetsDropped: _, ...stats } = linkStats(link, session, droppedNotUp);
  return {
    ...stats,
    role: link.wish.role,
    state,
    code,
    text,
    sinceMs: Math.round(now - link.since),
    mtu,
    preferredMtu,
    udpPayload: state === "up" ? (session?.udpPayload ?? 0) : 0,
    handle,
    packetsSplit: session?.sender.packetsSplit ?? 0,
    piecesSent: session?.sender.piecesSent ?? 0,
    packetsJoined: session?.joiner.joined ?? 0,
    rttMs: session === undefined ? null : rttMs,
    drops: { notUp: droppedNotUp, ...(session === undefined ? {} : drops(session)) },
    attempts: link.attemptCount,
    lastHeardMs: session === undefined ? null : Math.round(now - session.lastHeard),
    peerAddress: session === undefined ? null : formatEndpoint(session.address.peerAddress),
    peerValidUntil: session?.peer?.term.until.toISOString() ?? null,
  };
}

function drops({ droppedTooLarge, droppedBeforeUp, sender, joiner }: Session): Record<string, number> {
  return {
    tooLarge: droppedTooLarge + sender.droppedByEngine,
    beforeUp: droppedBeforeUp,
    queueFull: sender.queue.droppedFull,
    queueLate: sender.queue.droppedLate,
    incomplete: joiner.givenUp,
    pieceRefused: joiner.piecesRefused,
  };
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
