import { INITIAL_DATAGRAM_MIN } from "@florenetes/quic";
import { LINK_MTU } from "./generated/limits.ts";

// Limits that native/ has as well: native/declaration/limits says what they are.
export {
  BATCH_BYTES_MAX,
  CONGESTED_AT_BYTES,
  CONGESTED_AT_DELAY_MS,
  CONGESTED_AT_PACKETS,
  CONNECTION_ID_LENGTH,
  CONTROL_BURST,
  CONTROL_PART,
  DRAIN_MS,
  ENGINE_QUEUE_MAX,
  FRAME_OVERHEAD,
  JOIN_NUMBERS_MAX,
  JOIN_SLOTS_MAX,
  JOIN_TIMEOUT_MS,
  LINK_MTU,
  MISSED_SIGNS_MIN,
  PACKET_OVERHEAD,
  PROBE_KEY_LENGTH,
  QUEUE_BYTES_MAX,
  QUEUE_CLASS_COSTS,
  QUEUE_CLASS_DELAYS_MAX_MS,
  QUEUE_CLASS_PARTS,
  QUEUE_DELAY_MAX_MS,
  QUEUE_FLOWS,
  QUEUE_GROUPS,
  QUEUE_INTERVAL_MS,
  QUEUE_PACKETS_MAX,
  QUEUE_PACKET_LOAD,
  QUEUE_RING_MAX,
  QUEUE_RING_MIN,
  QUEUE_ROOM,
  QUEUE_SHARES,
  QUEUE_TARGET_MS,
  RELIEVED_AT_BYTES,
  RELIEVED_AT_PACKETS,
  RESET_CANDIDATES_MAX,
  TRANSMITS_PER_TURN,
  TRANSMIT_BURST_MAX,
  UDP_PAYLOAD_MAX,
} from "./generated/limits.ts";

// Below: numbers of the link protocol, which docs/protocol/link-protocol.md explains, and bounds and times of this implementation. A number that
// only one file needs stands in that file.

// ── The protocol ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** TLS application protocol of a link connection. */
export const APPLICATION_PROTOCOL = "florenetes-link/1";
/** Versions of the hello that we speak. */
export const PROTOCOL_VERSION_MIN = 2;
export const PROTOCOL_VERSION_MAX = 2;

/** UDP payloads that are tried where the medium is not known to carry larger ones, largest first. The last but one is the smallest that holds a packet
 *  of 1,280 bytes whole. The last one is what every path carries that QUIC works over; a path through another mesh carries it in one piece as well. */
export const PAYLOAD_LADDER: readonly number[] = [1452, 1392, 1313, 1200];
/** The smallest size that a link prefers for packets of a cluster vertex, though it may take two pieces. */
export const PREFERENCE_MIN = 1_280;
/** Bytes of an interface's MTU that the headers of IPv6 and UDP take. */
export const IP_OVERHEAD = 48;
/** Largest UDP payload until a larger one is proven: every path that QUIC works over carries it, and no connection starts with less (RFC 9000, 14). */
export const UDP_PAYLOAD_MIN: number = INITIAL_DATAGRAM_MIN;

/** Probes of one size before the next smaller one is tried. */
export const PROBES_PER_SIZE = 5;
/** Probes of a size above the ladder, which is tried in an attempt of its own. After such an attempt has failed, there is none for `NARROW_FOR_MS`. */
export const PROBES_OF_LARGE_SIZE = 3;
export const NARROW_FOR_MS = 3_600_000;
/** A link whose path has become narrower checks after this pause whether larger packets get through again. The pause doubles each time, up to the
 *  maximum: sessions are renewed that often in any case. */
export const RAISE_AFTER_MS = 60_000;
export const RAISE_AFTER_MAX_MS = 3_600_000;
/** Pause between two probes: this, or twice the round trip if that is longer. */
export const PROBE_INTERVAL_MS = 100;
/** A link does not wait longer than this, or three round trips, for the answer to a packet of the largest size. */
export const FULL_PROBE_WAIT_MS = 100;

/** When packets were lost, a link that is up checks whether its UDP payload still gets through: `CHECK_PAUSE_MS` after the last check at the earliest.
 *  It sends a probe every `CHECK_INTERVAL_MS`, `CHECK_ROUNDS_MAX` at most. After `CHECK_STRIKES` rounds with losses and without any answer, which is
 *  longer than the round trip of any path, the payload is taken not to get through. Where 3 of 10 packets are lost by chance, one check in 800 is
 *  wrong, and costs a renewal. */
export const CHECK_PAUSE_MS = 5_000;
export const CHECK_INTERVAL_MS = 200;
export const CHECK_ROUNDS_MAX = 50;
export const CHECK_STRIKES = 10;

/** Longest body of a message on the control stream, in bytes. */
export const CONTROL_BODY_MAX = 1024;
/** Longest tag of a link, in UTF-8 bytes. */
export const TAG_LENGTH_MAX = 255;

/** Bounds of the quiet of a link, in seconds. With less a link is hardly quieter than others; with more most NATs have given the link's place away, and a
 *  peer that is gone is missed for too long. */
export const QUIET_SECONDS_MIN = 5;
export const QUIET_SECONDS_MAX = 300;

// ── Attempts of an originator ─────────────────────────────────────────────────────────────────────────────────────────

export const ATTEMPT_DELAY_MIN_MS = 100;
export const ATTEMPT_DELAY_MAX_MS = 800;
/** Each delay between attempts is changed at random by up to this part of it, so that links do not keep step. */
export const ATTEMPT_JITTER = 0.2;
/** An attempt that has heard nothing is given up after this long. */
export const ATTEMPT_SILENT_LIFE_MS = 3_000;
/** An attempt that has heard its peer may take this long. */
export const ATTEMPT_HEARD_LIFE_MS = 10_000;
/**
 * Time for an attempt that was answered to come up before another one starts beside it: this, or so many times what the first
 * answer took. The first answer takes two round trips, and four more are to come.
 */
export const ATTEMPT_ANSWERED_MIN_MS = 500;
export const ATTEMPT_ANSWERED_FACTOR = 4;
/** A link that was up for this long starts its attempts afresh. */
export const ATTEMPT_RESET_AFTER_UP_MS = 10_000;
/** When a link that was up for `ATTEMPT_RESET_AFTER_UP_MS` is lost, its neighbour is called for so long, this often. */
export const ATTEMPT_CALLS_FOR_MS = 10_000;
export const ATTEMPT_CALL_INTERVAL_MS = 100;
/** Delay of the next attempt after a refusal that will not pass by itself. */
export const ATTEMPT_PERMANENT_DELAY_MS = 10_000;
/** Pause between attempts of a link whose calls are limited: whoever is there may have nothing to do with them. */
export const ATTEMPT_SPARING_DELAY_MS = 1_000;
/** Attempts of one link that live at a time. */
export const ATTEMPTS_ALIVE_MAX = 16;
/** Attempts of all links of a cluster that are under way at a time: each holds some 140 KB in the engine. An attempt that fails or is ended keeps its
 *  place for `ATTEMPT_PAUSE_MS`. */
export const ATTEMPTS_UNDER_WAY_MAX = 64;
export const ATTEMPT_PAUSE_MS = 1_000;
/** While links wait for a place, attempts are given up sooner, except for a part of them (`ATTEMPT_SCARCE_WHOLE`). So each of 4,096 links has made an
 *  attempt after 100 s or so. */
export const ATTEMPT_SCARCE_SILENT_LIFE_MS = 1_000;
export const ATTEMPT_SCARCE_HEARD_LIFE_MS = 3_000;
export const ATTEMPT_SCARCE_WHOLE = 0.25;

// ── Sessions ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An accepted connection must have completed its handshake and said a valid hello within this time. */
export const HALF_OPEN_MS = 5_000;
/** A call for a link waits so long for the cluster vertex to want it, while that has not told its wishes. Longer than the longest pause between two
 *  attempts, so that one of them waits at any time; shorter than an agent calls an endpoint that does not answer. */
export const HELD_MS = 1_000;
/** Time from the hello until the link is up. */
export const BRING_UP_MS = 10_000;
/** After READY an originator sends a ping this often until it is up. A NAT may have changed its address since, and the acceptor learns that only
 *  from a new packet. */
export const CONFIRM_INTERVAL_MS = 100;
/** An acceptor leaves the end of a replaced session to the originator, which may not know of the newer session yet. The acceptor waits for the
 *  life of an attempt: then the originator uses the newer session or has given it up. */
export const ACCEPTOR_DRAIN_MS = 10_000;
/** Replaced sessions that one link keeps: all attempts that its originator makes at once may have come up. */
export const DRAINING_MAX = 16;
/**
 * A connection is renewed after this time, or after so many packets in one direction: half of what one key of AES-GCM may
 * protect when packets are no larger than ours (RFC 9001, B.1.1). The engine cannot update keys.
 */
export const RENEW_AFTER_MS = 3_600_000;
export const RENEW_AFTER_PACKETS: number = 2 ** 27;
/** A session carries its link for this long at least: an acceptor that asks for renewal again and again gets one session a second. */
export const RENEWAL_PAUSE_MS = 1_000;

// ── Visits ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Visits at a time: of all principals, and of one. A node asks for one identity after the other. */
export const VISITS_MAX = 32;
export const VISITS_EACH_MAX = 2;
/** Visits that may begin: so many at once, and so many per second in the long run. A node that comes back makes a dozen. */
export const VISITS_BURST = 64;
export const VISITS_PER_SECOND = 4;
/** A principal may begin fewer visits, so that none takes the rate of all. Principals that came longest ago are forgotten. */
export const VISITS_EACH_BURST = 8;
export const VISITS_EACH_PER_SECOND = 0.2;
export const VISITORS_REMEMBERED = 512;
/** How long a visit takes at most: an issuer answers within a second or two. */
export const VISIT_MS = 20_000;
/** Bytes that a visit carries at most in each direction: a question to an issuer has some 10 KB with its handshake. All visits together can have
 *  8 MB wait. */
export const VISIT_BYTES_MAX: number = 128 * 1024;

// ── The address of an originator ──────────────────────────────────────────────────────────────────────────────────────

/** Limits of checks whether a session's originator has moved: so many at once, and so many per second in the long run. */
export const ADDRESS_CHECKS_BURST = 32;
export const ADDRESS_CHECKS_PER_SECOND = 8;
/** How long a check takes at most, and the pause until it first repeats its probes; each further pause is twice as long. */
export const ADDRESS_CHECK_MS = 3_000;
export const ADDRESS_PROBE_INTERVAL_MS = 100;
/** How long no other address is checked after the peer has answered from its former one. */
export const ADDRESS_PAUSE_MS = 500;
/** An address that is not proven yet is sent at most this many times the bytes that came from there (RFC 9000, 8.1). */
export const AMPLIFICATION_MAX = 3;
/** Limits of messages about addresses whose proof a session checks. */
export const PATH_MESSAGES_BURST = 32;
export const PATH_MESSAGES_PER_SECOND = 16;

// ── Queues ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Datagrams that the engine keeps for us between two turns of the event loop. */
export const ENGINE_RECEIVE_QUEUE_MAX = 4_096;

// ── The socket ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Payloads in one system call. So many save most of what can be saved, and are a burst that a network card takes. The kernel's limit is 64. */
export const BATCH_PAYLOADS_MAX = 32;
/** Number of addresses that are kept in the form that system calls take. */
export const SYSTEM_ADDRESSES_MAX = 1_024;
/** Number of link-local addresses whose interface is remembered. */
export const SCOPED_ADDRESSES_MAX = 256;

// ── Pieces ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Most pieces of one packet: the wire has four bits for their number. */
export const PIECES_MAX = 16;

// ── The packet size that a link prefers ───────────────────────────────────────────────────────────────────────────────

/**
 * The sizes that a link may prefer, from the largest down. Each step is the first of its sizes that goes in few enough pieces. The last step, which is
 * not listed, is the size that fits one datagram.
 *
 * Three UDP payloads of 1,452, 1,392 or 1,313 bytes hold 4,251, 4,071 or 3,834 bytes of a packet. The listed sizes leave some 50 bytes of each payload
 * for an ACK frame with ECN counts. With packets of 4,224 bytes that frame leaves in a payload of its own and ends a batch of payloads, which costs a
 * tenth of the CPU time.
 */
export const PREFERENCE_STEPS: readonly (readonly number[])[] = [[LINK_MTU], [8_192], [4_096, 3_680]];
/** Most pieces of a preferred size: more pieces save little more, while each piece that is lost costs all the others. */
export const PREFERENCE_PIECES_MAX = 3;
/** The part of the packets that may be lost. */
export const PREFERENCE_LOSS_MAX = 0.024;
/** Losses are counted this often, and fade within `PREFERENCE_MEMORY_MS`, or over `PREFERENCE_MEMORY_PACKETS` QUIC packets. */
export const PREFERENCE_INTERVAL_MS = 250;
/** Losses are counted this often while nothing is sent. */
export const PREFERENCE_IDLE_INTERVAL_MS = 1_000;
/** A quiet link looks at its counts and its age as often as it asks for a sign of life, and this often at the least. */
export const QUIET_LOOK_MS_MAX = 30_000;
/** A quiet link measures its speed again when it has sent so many QUIC packets since: fewer are no load whose size matters. */
export const QUIET_TRAIN_PACKETS = 500;
export const PREFERENCE_MEMORY_MS = 10_000;
export const PREFERENCE_MEMORY_PACKETS = 20_000;
/** Before a link prefers the next larger size, it goes so long without a change, and sends so many QUIC packets. The wait doubles up to
 *  `PREFERENCE_WAIT_MAX_MS`. */
export const PREFERENCE_WAIT_MS = 5_000;
export const PREFERENCE_RAISE_PACKETS = 100;
export const PREFERENCE_WAIT_MAX_MS = 120_000;
/** How long a packet of the preferred size may keep the medium busy. */
export const PREFERENCE_SERIALIZE_MS = 2;
/** Pauses between two trains: while the medium is fast enough for all sizes, and else, or when a train was not answered. */
export const TRAIN_INTERVAL_MS = 60_000;
export const TRAIN_RETRY_MS = 10_000;
/** After a slow train the next one follows so soon, until there are `TRAINS_KEPT` of them: the fastest counts. */
export const TRAIN_REPEAT_MS = 200;
export const TRAINS_KEPT = 3;

// ── What strangers can take ───────────────────────────────────────────────────────────────────────────────────────────

/** Accepted connections at a time that are not links yet: from strangers, and from addresses that links have come up from before. */
export const HALF_OPEN_MAX = 512;
export const HALF_OPEN_KNOWN_MAX = 256;
/** How long the place of a connection that became no link stays taken. */
export const PLACE_PAUSE_MS = 1_000;
/** Vertices whose addresses are remembered, and addresses of each: its present network or two, and those before. */
export const KNOWN_VERTICES_MAX = 256;
export const KNOWN_ADDRESSES_PER_VERTEX = 4;
/** Bytes that are read at most of the file that keeps known addresses. */
export const KNOWN_FILE_MAX: number = 64 * 1024;
/** Answers to strangers, of each kind (Retry, version negotiation, stateless reset), that may wait to be sent. */
export const STRANGER_ANSWERS_MAX = 512;
export const STRANGER_ANSWERS_PER_SECOND = 2_000;
/** Tokens from a Retry that are checked. */
export const TOKEN_CHECKS_PER_SECOND = 2_000;
/** Burst of both rates: what they allow in this many milliseconds. Known addresses have as much again. */
export const STRANGER_BURST_MS = 100;
