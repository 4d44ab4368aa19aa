/** The mail of an agent, as it shows itself. */
import { Offer, type Reader } from "@florenetes/feed";
import type { Agent } from "../agent/agent.ts";
import type { Moment } from "../agent/moment.ts";

export interface MailStatus {
  /** The roles by which this node reads mail itself; empty: none. */
  readonly reads: readonly string[];
  /** Control nodes and coordinators whose beacons come here. */
  readonly readers: readonly ReaderStatus[];
  /** Whether the last letter of this node was not answered by anybody. */
  readonly isUnanswered: boolean;
  /** Records that were handed in here, and wait to go on to a control node. */
  readonly waiting: number;
  /** Letters of this node, each time that one was sent, and what came of them. */
  readonly sent: number;
  readonly answered: number;
  readonly unanswered: number;
  /** Letters that were read here, and those of them that were answered. */
  readonly read: number;
  readonly replied: number;
  /** Letters and answers of others that were passed on. */
  readonly forwarded: number;
  readonly returned: number;
  /** Letters, of this node or of others, of which is known that they, or their answers, were lost on their way. */
  readonly lost: number;
  /** How often letters waited, of this node or of others, as a neighbour takes no more of this node in a second. */
  readonly held: number;
  /** Letters that are remembered, so that no copy of them is passed on. */
  readonly remembered: number;
  /** Mail of neighbours that was not passed on or read, by the reason. */
  readonly refused: Readonly<Record<string, number>>;
  /** Beacons that neighbours have brought, by what came of them. */
  readonly beacons: Readonly<Record<string, number>>;
}

interface ReaderStatus {
  readonly node: string;
  readonly roles: readonly string[];
  /** Over how many links its last beacon came, as the neighbours on the way say. */
  readonly hops: number;
  readonly heardMsAgo: number;
  /** The neighbour over which letters go to it; null: no neighbour takes any. */
  readonly way: string | null;
  /** Letters of late that it did not answer. */
  readonly silences: number;
}

export function mailStatus({ mail, papers }: Agent, at: Moment): MailStatus {
  const { office, isUnanswered } = mail;
  const { sent, answered, unanswered, read, replied, forwarded, returned, lost, held, remembered } = office;
  return {
    reads: rolesIn(office.own.offers),
    readers: office.readers.known(at.now).map((reader) => readerStatus(reader, office.wayTo(reader.node, at), at.now)),
    isUnanswered,
    waiting: papers.waiting,
    sent,
    answered,
    unanswered,
    read,
    replied,
    forwarded,
    returned,
    lost,
    held,
    remembered,
    refused: Object.fromEntries(office.refused),
    beacons: Object.fromEntries(office.beacons),
  };
}

function readerStatus(reader: Reader, way: string | undefined, now: number): ReaderStatus {
  const { node, offers, beacon, heardAt, silences } = reader;
  return { node, roles: rolesIn(offers), hops: beacon.hops, heardMsAgo: now - heardAt, way: way ?? null, silences };
}

function rolesIn(offers: number): readonly string[] {
  return Object.entries(Offer).flatMap(([role, offer]) => ((offers & offer) === 0 ? [] : [role]));
}
