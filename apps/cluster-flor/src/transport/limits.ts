import { CLUSTER_LIMITS, type NativeClusterLimits } from "@florenetes/data-plane";
import { LABEL_COUNT_MAX, headerSize } from "@florenetes/forwarding";
import type { PressureLevel } from "@florenetes/process-kit";
import { PATH_MTU_MIN } from "../config/limits.ts";
import { PAYLOAD_MAX } from "./generated/limits.ts";

// Limits that native/ has as well: native/declaration/limits says what they are.
export {
  ADDRESSES_MAX,
  CHUNK_SIZE,
  CLOSING_FACTOR,
  CONTROL_WAITING_MAX,
  LISTEN_BACKLOG,
  MESSAGE_SIZE_MAX,
  MESSAGE_VERSION,
  OFFER_SIZE_MAX,
  PAYLOAD_MAX,
  QUIC_MIN,
  RENEWAL_FACTOR,
  ROUND_TRIP_MS_MAX,
  ROUND_TRIP_SPREAD_MAX,
  TAKEN_PER_TURN,
  TAKEN_STEP,
  TRUNK_CONNECTIONS_MAX,
  WATCH_LATE_MS,
} from "./generated/limits.ts";

/**
 * Bounds and times of the transport service that tests may override. Times are in milliseconds, sizes in bytes. Values
 * that the protocol fixes, or that nothing has to vary, are constants below.
 */
export interface TransportLimits extends NativeClusterLimits {
  // Time
  /** The longest time of a handshake at either end. */
  readonly handshakeMs: number;
  /** How often workloads whose peers do not read are checked for having gone. */
  readonly workloadCheckMs: number;
  /** Pause before a refused handshake is tried again: doubles from the first to the second. */
  readonly retryMs: number;
  readonly retryMsMax: number;
  /** The pause between two attempts at a connection that only renews another. */
  readonly renewalPauseMs: number;

  // Packet sizes
  /** The pause between two rounds of probes; doubles from the first to the second while nothing is answered. */
  readonly probeRoundMs: number;
  readonly probeRoundMsMax: number;
  /** How much later a large probe's answer may come than a small one's, at least. */
  readonly probeGraceMs: number;
  /** Bytes of probes on one path, per second and at once. */
  readonly probeBytesPerSecond: number;
  /** Answers to the probes of others, per second and at once. */
  readonly probeAnswersPerSecond: number;
  /** The pause between searches because of doubts: doubles from the first to the second while the doubts are wrong. */
  readonly pathDoubtMs: number;
  readonly pathDoubtMsMax: number;
  /** How often a path's size is checked while it has streams, and while it has none. */
  readonly pathCheckBusyMs: number;
  readonly pathCheckIdleMs: number;
  /**
   * How long a size below the possible one is kept: doubles from the first to the last while no better one is found.
   * Beyond the one in the middle, only paths in use are tried again.
   */
  readonly pathRaiseMs: number;
  readonly pathRaiseIdleMs: number;
  readonly pathRaiseMsMax: number;
  /** A size that was left sooner than this counts as varying. */
  readonly pathLastingMs: number;
  /** How long the first connection over a path waits for the path's size, if no workload waits. */
  readonly pathSizeMs: number;

  // Connections
  readonly connectionAgeMs: number;
  readonly acceptedMax: number;
  readonly acceptedPerPrincipalMax: number;
  readonly halfOpenMax: number;
  readonly halfOpenKnownMax: number;
  /** How long the place of a failed handshake stays taken. */
  readonly placePauseMs: number;
  /** Refused handshakes over one link, at once and per second, beyond which the link starts no connections for a while. */
  readonly refusedHandshakesBurst: number;
  readonly refusedHandshakesPerSecond: number;
  /** With more half-open connections than this, a first packet is answered by a Retry. */
  readonly retryThreshold: number;
  /** Retries and checked tokens per second; known reverse paths have as many again. */
  readonly retriesPerSecond: number;
  /** Stateless resets, per second and at once. */
  readonly resetsPerSecond: number;

  // Streams
  readonly streamsOpenMax: number;
  /**
   * Streams that one principal may reset, lose with its connections, or get refused by its own fault, at once and per
   * second. A principal that exceeds them is disconnected, and refused for the pause.
   */
  readonly failedStreamsBurst: number;
  readonly failedStreamsPerSecond: number;
  readonly conductPauseMs: number;

  // Turns
  /**
   * How many of the streams that wait for a reader, at either end, are checked in a turn for their end. Also the number
   * of streams waiting for a local reader from which on `listPauseMs` counts, and the number of streams that are tried
   * between two lists.
   */
  readonly stuckPerTurn: number;
  /**
   * How long QUIC is not asked for its list of readable streams, for each stream that waits for its local reader: ten
   * times the cost of such a stream in the list.
   */
  readonly listPauseMs: number;
  readonly connectionsPerTurn: number;
}

export const defaultLimits: TransportLimits = {
  ...CLUSTER_LIMITS,
  handshakeMs: 5_000,
  workloadCheckMs: 1_000,
  retryMs: 100,
  retryMsMax: 10_000,
  renewalPauseMs: 1_000,

  probeRoundMs: 100,
  probeRoundMsMax: 2_000,
  probeGraceMs: 250,
  probeBytesPerSecond: 128 * 1024,
  probeAnswersPerSecond: 500,
  pathDoubtMs: 1_000,
  pathDoubtMsMax: 5_000,
  pathCheckBusyMs: 30_000,
  pathCheckIdleMs: 300_000,
  pathRaiseMs: 1_000,
  pathRaiseIdleMs: 10_000,
  pathRaiseMsMax: 320_000,
  pathLastingMs: 60_000,
  pathSizeMs: 200,

  connectionAgeMs: 3_600_000,
  acceptedMax: 4_096,
  acceptedPerPrincipalMax: 1_024,
  halfOpenMax: 1_024,
  halfOpenKnownMax: 256,
  placePauseMs: 1_000,
  refusedHandshakesBurst: 128,
  refusedHandshakesPerSecond: 50,
  retryThreshold: 128,
  retriesPerSecond: 2_000,
  resetsPerSecond: 100,

  streamsOpenMax: 16_384,
  failedStreamsBurst: 2_000,
  failedStreamsPerSecond: 500,
  conductPauseMs: 5_000,

  stuckPerTurn: 64,
  listPauseMs: 0.002,
  connectionsPerTurn: 128,
};

/** A path of which nothing is known is asked again after `repeatAfterMs`, and then after twice as long, up to this. */
export const REPEAT_UNKNOWN_MS_MAX = 2_000;
/** A handshake may take longer than `handshakeMs` by so many times the excess of the round trip over an engine's guess … */
export const HANDSHAKE_ROUND_TRIPS = 8;
/** … or, while the round trip is not known, twice as long as the one before it; but this at most. */
export const HANDSHAKE_MS_MAX = 40_000;
/** The longest quiet that an end may have, in seconds: that of a link. An end with a longer one would be missed too late. */
export const QUIET_SECONDS_MAX = 300;
/** The number of ways whose round trips are remembered. */
export const ROUND_TRIPS_MAX = 1_024;
/**
 * While streams are open or workloads wait, the far end is asked each second; else every ten seconds. A shorter time
 * without packets is no silence; on a slow path the time is longer, but never longer than the second value.
 */
export const SILENCE_BUSY_MS = 2_000;
export const SILENCE_IDLE_MS = 15_000;
/**
 * A far end that was asked for so long, and for four round trips, and has not answered counts as out of reach. With
 * `pingPathMs` this keeps the promise that a path which leads nowhere is seen within 5 s.
 */
export const UNANSWERED_MS = 1_500;
/** How long a workload of class bulk waits for its stream at most, in milliseconds, by the pressure level of the far end. */
export const PRESSURE_HOLDS_MS: Readonly<Record<PressureLevel, number>> = { nominal: 0, warning: 250, critical: 500 };
/** How long the last one of several connections of a trunk is kept without streams. */
export const BESIDE_IDLE_MS = 30_000;
/** The pause before the next attempt after one at a further connection has failed, or the connection has ended within `BESIDE_IDLE_MS`: twice as long each time. */
export const BESIDE_PAUSE_MS = 1_000;
export const BESIDE_PAUSE_MS_MAX = 300_000;
/** How long a host has to answer, after a silence, before new streams return to it: twice as long each time that it is silent again within the second time. */
export const RETURN_MS = 1_000;
export const RETURN_MS_MAX = 60_000;
/** How long a route is waited for that does not answer, beside two round trips, before the next one is tried. */
export const HUNT_MS = 300;
/** How long an attempt to connect over one of several routes waits for a first sign: twice as long after each circle over them, up to eight times. */
export const ATTEMPT_ROUTE_MS = 1_000;
/** The pause after a circle over all routes without an answer: doubles from the first to the second. */
export const HUNT_CIRCLE_MS = 1_000;
export const HUNT_CIRCLE_MS_MAX = 10_000;
/** The shortest time between two switches of a trunk to a route that is only preferred. */
export const PREFERENCE_MS = 10_000;
/** How often a failed route is probed, how many answers in a row make it a good one, and how long later it is preferred again (a fifth more or less). */
export const ROUTE_PROBE_MS = 5_000;
export const ROUTE_ANSWERS = 3;
export const ROUTE_BACK_MS = 60_000;
/** Half of the packets that were counted on a route are forgotten after so long; so many of one direction tell what is lost; and a connection that has come from another route tells nothing for so long. */
export const LOSS_HALF_LIFE_MS = 10_000;
export const LOSS_PACKETS_MIN = 100;
export const LOSS_SETTLE_MS = 3_000;
/** Bytes on routes are counted once a second: a rate that is older is none any more. */
export const RATE_KNOWN_MS = 2_500;
/** The share of lost packets from which a route counts as lossy, and below which it no longer does: congestion alone loses less as a rule. */
export const LOSSY_AT = 0.05;
export const NOT_LOSSY_AT = 0.03;
/** The number of switches of a path that are remembered. */
export const SWITCHES_KEPT = 16;
/** The number of principals whose conduct is remembered: those that failed last. */
export const CONDUCTS_MAX = 4_096;
/** Packets of a handshake's flight that are kept: more than any certificate chain needs. */
export const FLIGHT_PACKETS_MAX = 6;
/** How long a packet with datagrams is repeated at most, in milliseconds: afterwards they are of no use (`QUEUED_MS_MAX`). */
export const DATAGRAMS_REPEATED_MS = 250;
/** Largest answer to a packet of an unknown connection: a Retry, a stateless reset, Version Negotiation. */
export const REPLY_SIZE_MAX = 512;
/** File descriptors for the admin socket's clients, listeners, FlorIO, the log, and Node's own. */
export const FILES_RESERVED = 64;
/** The burst of a stranger's rate: so many milliseconds' worth may come at once. */
export const STRANGER_BURST_MS = 100;
/** The number of principals whose reverse paths are remembered, and of such paths for each. */
export const KNOWN_PRINCIPALS_MAX = 256;
export const KNOWN_WAYS_PER_PRINCIPAL = 4;
/** QUIC's window for a whole connection, so large that it never limits: the streams' own windows do. */
export const CONNECTION_WINDOW: number = 2 ** 40;
/** A size of mesh packets that every link carries; no link prefers smaller ones. */
export const PACKET_SIZE_MIN: number = PATH_MTU_MIN;
/** Largest mesh packet that is probed. Twice this size made bulk no cheaper, and delayed others more. */
export const PROBED_SIZE_MAX = 8_192;
/**
 * Largest mesh packet for datagrams that are not cut, where probes find the path's size: links over Ethernet carry it
 * in one piece.
 */
export const UNCUT_PACKET_MAX = 1_419;
/** Largest mesh packet that an end sends or answers. */
export const PACKET_SIZE_MAX: number = headerSize(LABEL_COUNT_MAX) + PAYLOAD_MAX;
/** Bytes of the token by which a HELLO names its vertex. */
export const VERTEX_TOKEN_SIZE = 16;
/** The most limits of one SESSION_READY. */
export const SESSION_LIMITS_MAX = 32;
/** The name of this protocol in the TLS handshake (ALPN). */
export const APPLICATION_PROTOCOL = "florenetes-transport/1";
