import type { Counts } from "@florenetes/process-kit";

/** Packets that were dropped here, by cause; the names are those of status. */
export class TransportDrops {
  /** No such connection (any more), and the packet cannot start one. */
  unknownConnection = 0;
  /** The connection is to another service. */
  wrongService = 0;
  /** The connection has just ended. */
  connectionOver = 0;
  /** No QUIC packet. */
  malformed = 0;
  unknownVersion = 0;
  /** First packets with a QUIC connection ID of their own: the ConnectionId tells connections apart, and an ID could be renewed. */
  connectionId = 0;
  /** First packets that were asked to come again with a token. */
  retried = 0;
  badToken = 0;
  halfOpenLimit = 0;
  /** First packets that would have been asked for a token, or brought one, above the rate that is checked. */
  retryRate = 0;
  /** First packets over a link whose handshakes were refused too often. */
  refusedLimit = 0;
  /** Packets for no existing connection, from an origin that guessed too many labels. */
  guessing = 0;
  /** Probes of paths above the rate that is answered. */
  probeLimit = 0;
  /** Answers to no probe of ours. */
  unexpectedAnswer = 0;
  /** First packets for which all places are taken. */
  noRoom = 0;
  /** Packets for connections that are not up yet, and messages of link vertices, that came faster than they are looked at: the data
   *  thread counts them. */
  untold = 0;

  /** @param others Counts that are added. */
  toJSON(others: Counts): Record<string, number> {
    return Object.fromEntries(
      Object.entries(this).map(([cause, count]) => [cause, Number(count) + (others[cause] ?? 0)]),
    );
  }
}
