/** Packets on their way through a fleet, hop by hop: each vertex acts on them by its own label table. */
import {
  DROP_CAUSE_NAMES,
  headerSize,
  LABEL_COUNT_MAX,
  LabelVerdict,
  returnWords,
  setTrafficClass,
  TrafficClass,
  wordsOf,
  writeHeader,
} from "@florenetes/forwarding";
import type { FleetLink } from "./fleet-link.ts";
import type { FleetTable } from "./fleet-table.ts";

/** A vertex on the way of a packet. */
export interface WalkVertex {
  readonly name: string;
  readonly table: FleetTable;
  readonly links: { readonly to: (peer: string) => FleetLink | undefined };
  readonly carries: (link: FleetLink) => boolean;
  readonly peerAt: (link: FleetLink) => WalkVertex | undefined;
  readonly delayTo: (other: WalkVertex) => number;
  /** A hostile vertex drops some of what it is to send on. */
  readonly doesDrop: () => boolean;
  /** The share that a packet from one link to another is charged to, by its own; undefined: it is dropped. A vertex that knows no shares keeps what came. */
  readonly chargeOf: (from: FleetLink, to: FleetLink, share: number) => number | undefined;
  /** The service of a number that is served at present. */
  readonly serve: (number: number) => string | undefined;
}

/** A packet goes there: over a link of its origin, and on by labels. */
export interface Way {
  readonly link: FleetLink;
  readonly labels: readonly number[];
  /** 0: none. */
  readonly share: number;
}

export interface Walk {
  /** `answered`, or why the packet or its answer was lost. */
  readonly outcome: string;
  /** The vertices that the packet came to, the origin first. */
  readonly visited: readonly WalkVertex[];
  /** The service that it came to; undefined: none. */
  readonly service: string | undefined;
  readonly roundTripMs: number;
}

/** Told of each vertex that sends a packet on, and the share that it charges the packet to. */
export type OnForward = (
  relay: WalkVertex,
  from: FleetLink,
  to: FleetLink,
  origin: WalkVertex,
  charged: number,
) => void;

const SIZE = headerSize(LABEL_COUNT_MAX);
/** The outcome of packets whose share no permit opens a pair to. */
export const SHARE_DENIED = "no permit for the share";
/** More vertices than a header has labels. */
const HOPS_MAX = 32;

/** Has a packet walk from its origin to a service, and an answer the whole way back. All of it happens at one moment. */
export function walkPacket(origin: WalkVertex, way: Way, onForward: OnForward): Walk {
  const packet = new Uint8Array(SIZE);
  const payload = writeHeader(packet, 0, 0, 1, wordsOf(way.labels));
  setTrafficClass(packet, 0, TrafficClass.reliable);
  const there = follow(packet.subarray(0, payload), origin, origin, way.link, onForward, [way.share]);
  const { visited } = there;
  if (there.verdict !== LabelVerdict.deliverToService) return { ...there, service: undefined };
  const host = visited.at(-1)!;
  const service = host.serve(there.service);
  if (service === undefined) return { ...there, outcome: "not served", service };
  const answer = new Uint8Array(SIZE);
  const end = writeHeader(answer, 0, 0, 1, returnWords(packet, 0));
  setTrafficClass(answer, 0, TrafficClass.reliable);
  // Each relay finds the share in its word that it has written there.
  const back = follow(answer.subarray(0, end), host, origin, there.cameBy!, onForward, there.charged.toReversed());
  const roundTripMs = there.roundTripMs + back.roundTripMs;
  if (back.verdict !== LabelVerdict.deliverToConnection)
    return { ...there, outcome: `answer ${back.outcome}`, service };
  const isHome = back.visited.at(-1) === origin;
  return { outcome: isHome ? "answered" : "answer astray", visited, service, roundTripMs };
}

interface Followed {
  readonly outcome: string;
  readonly verdict: LabelVerdict;
  readonly visited: readonly WalkVertex[];
  readonly service: number;
  /** The last vertex's link over which the packet came. */
  readonly cameBy: FleetLink | undefined;
  readonly roundTripMs: number;
  /** The shares that relays have charged the packet to, in their order. */
  readonly charged: readonly number[];
}

/** @param shares The share in the words of the first relays; others find what the one before has charged */
function follow(
  packet: Uint8Array,
  start: WalkVertex,
  origin: WalkVertex,
  first: FleetLink,
  onForward: OnForward,
  shares: readonly number[],
): Followed {
  const visited = [start];
  const charged: number[] = [];
  let [at, out, roundTripMs] = [start, first, 0];
  const lost = (outcome: string, cameBy?: FleetLink): Followed => {
    return { outcome, verdict: LabelVerdict.drop, visited, service: -1, cameBy, roundTripMs, charged };
  };
  for (let hop = 0; hop < HOPS_MAX; hop++) {
    const next = at.carries(out) ? at.peerAt(out) : undefined;
    const cameBy = next?.links.to(at.name);
    if (next === undefined || cameBy?.isUp !== true) return lost("link down");
    roundTripMs += at.delayTo(next);
    visited.push(next);
    const { labels, links } = next.table;
    const verdict = labels.process(packet, 0, packet.length, cameBy.number);
    if (verdict === LabelVerdict.drop) return lost(DROP_CAUSE_NAMES[labels.dropCause]!, cameBy);
    if (verdict !== LabelVerdict.forward)
      return { outcome: "", verdict, visited, service: labels.service, cameBy, roundTripMs, charged };
    out = links.get(labels.outLink)!;
    // Charged to none, a packet keeps the share that its origin wrote for the relays behind.
    const share = shares[hop] ?? (charged.at(-1) || shares[0]!);
    const charge = next.chargeOf(cameBy, out, share);
    if (charge === undefined) return lost(SHARE_DENIED, cameBy);
    charged.push(charge);
    onForward(next, cameBy, out, origin, charge);
    if (next.doesDrop()) return lost("dropped by a hostile vertex", cameBy);
    at = next;
  }
  return lost("too many hops");
}
