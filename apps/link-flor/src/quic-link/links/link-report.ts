import { TRAFFIC_CLASS_NAMES } from "@florenetes/forwarding";
import type { LinkKey, LinkStats } from "@florenetes/portal-api";
import type { LinkStatusRow } from "../../link-protocol.ts";
import type { Link, LinkSession } from "./link.ts";
import { formatEndpoint } from "../addresses/link-address.ts";
import type { Session } from "../sessions/session.ts";
import type { SessionDrops, SessionFigures } from "../sessions/session-figures.ts";

/** The numbers of the session that carries the link; zeros while there is none. */
export function linkStats<S extends LinkSession>(
  link: Link<S>,
  session: Session | undefined,
  droppedNotUp: number,
): LinkStats {
  const stats = statsOf(link, session?.figures(), droppedNotUp);
  return session === undefined ? stats : { ...stats, peerAddress: formatEndpoint(session.address.peerAddress) };
}

function statsOf({ peer, tag }: LinkKey, figures: SessionFigures | undefined, droppedNotUp: number): LinkStats {
  return {
    peer,
    tag,
    rttMs: figures?.rttMs ?? 0,
    packetsSent: figures?.packetsSent ?? 0,
    packetsReceived: figures?.packetsReceived ?? 0,
    bytesSent: figures?.bytesSent ?? 0,
    bytesReceived: figures?.bytesReceived ?? 0,
    packetsLost: figures?.packetsLost ?? 0,
    packetsDropped: droppedNotUp + (figures === undefined ? 0 : sum(figures.drops)),
    queueLength: figures?.queueLength ?? 0,
  };
}

export function linkStatusRow<S extends LinkSession>(
  link: Link<S>,
  session: Session | undefined,
  droppedNotUp: number,
  now: number,
): LinkStatusRow {
  const { state, code, text, mtu, preferredMtu, handle } = link.status;
  const figures = session?.figures();
  const { rttMs, packetsDropped: _, ...stats } = statsOf(link, figures, droppedNotUp);
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
    quietMs: state === "up" ? (session?.quietMs ?? 0) : 0,
    packetsSplit: figures?.packetsSplit ?? 0,
    piecesSent: figures?.piecesSent ?? 0,
    packetsJoined: figures?.packetsJoined ?? 0,
    isEcnOn: figures?.isEcnOn ?? false,
    ceReceived: figures?.ceReceived ?? 0,
    rttMs: session === undefined ? null : rttMs,
    drops: { notUp: droppedNotUp, ...figures?.drops },
    classes: Object.fromEntries(
      (figures?.classes ?? []).map((counts, number) => [TRAFFIC_CLASS_NAMES[number]!, counts]),
    ),
    attempts: link.attemptCount,
    lastHeardMs: session === undefined ? null : Math.max(0, Math.round(now - session.lastHeard)),
    peerAddress: session === undefined ? null : formatEndpoint(session.address.peerAddress),
    peerValidUntil: session?.peer?.term.until.toISOString() ?? null,
  };
}

function sum(counts: SessionDrops): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
