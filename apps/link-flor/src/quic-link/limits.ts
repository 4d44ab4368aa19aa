/** Numbers of the link protocol, which docs/link-protocol.md explains, and bounds and times of this implementation. What tunes one file
 *  alone stands there. */

// ── The protocol ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** TLS application protocol of a link connection. */
export const applicationProtocol = "florenetes-link/1";
/** Versions of the hello that we speak. */
export const protocolVersionMin = 2;
export const protocolVersionMax = 2;

/** Length of every connection ID that we choose. */
export const connectionIdLength = 8;

/** Largest packet of a cluster vertex: what every link carries, in pieces where its datagrams are smaller. */
export const packetSizeMax = 16_384;
/**
 * Bytes of a QUIC packet with one datagram in addition to the datagram: first byte 1, connection ID 8, packet number at most 4,
 * frame type and length 3, authentication tag 16.
 */
export const packetOverhead = 32;
/** Largest UDP payload of a link: what the engine can make. */
export const udpPayloadMax = 16_383;
/** UDP payloads that are tried where the medium is not known to have larger ones, largest first. */
export const payloadLadder: readonly number[] = [1452, 1392, 1312];
/** Bytes of an interface's MTU that the headers of IPv6 and UDP take. */
export const ipOverhead = 48;
/** Largest UDP payload until a larger one is proven: what every path of QUIC carries, and the least that starts a connection (RFC 9000, 14). */
export const udpPayloadMin = 1200;

/** Bytes of the key that probes of a session begin with. */
export const probeKeyLength = 16;
/** Probes of one size before the next smaller one is tried. */
export const probesPerSize = 5;
/** Probes of a size above the ladder, which has an attempt of its own. After one that failed there are no such attempts for this long. */
export const probesOfLargeSize = 3;
export const narrowForMs = 3_600_000;
/** Between two probes: this, or twice the round trip if that is longer. */
export const probeIntervalMs = 100;
/** A link does not wait longer than this, or three round trips, for the answer to a packet of the largest size. */
export const fullProbeWaitMs = 100;

/** Body of one message on the control stream. */
export const controlBodyMax = 1024;
/** UTF-8 bytes of a link's tag. */
export const tagLengthMax = 255;

// ── Attempts of an originator ─────────────────────────────────────────────────────────────────────────────────────────

export const attemptDelayMinMs = 100;
export const attemptDelayMaxMs = 800;
/** Each delay is changed at random by up to this part of it, so that two ends do not keep step. */
export const attemptJitter = 0.2;
/** An attempt that has heard nothing is given up after this long. */
export const attemptSilentLifeMs = 3_000;
/** An attempt that has heard its peer may take this long. */
export const attemptHeardLifeMs = 10_000;
/**
 * An attempt that was answered is given so long to come up before there is another beside it: this, or so many times what the
 * first answer took (two round trips, where four more are to come, and some time).
 */
export const attemptAnsweredMinMs = 500;
export const attemptAnsweredFactor = 4;
/** A link that was up for this long starts its attempts afresh. */
export const attemptResetAfterUpMs = 10_000;
/** After a refusal that will not pass by itself. */
export const attemptPermanentDelayMs = 10_000;
/** Live attempts of one link. */
export const attemptsAliveMax = 16;

// ── Liveness ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Signs of life that must be missed in a row before a peer is dead: the silence is cut into one part more. */
export const missedSignsMin = 3;

// ── Sessions ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An accepted connection must have completed its handshake and said a valid hello by then. */
export const halfOpenMs = 5_000;
/** Time from the hello until the link is up. */
export const bringUpMs = 10_000;
/** Datagrams of one session before another one has its turn. */
export const transmitBurstMax = 64;
/** How long a replaced session still takes what is under way. */
export const drainMs = 1_000;
/** QUIC's own idle timeout, far above every time limit of ours: a last resort. */
export const idleTimeoutMs = 300_000;
/**
 * A connection is renewed after this time, or after so many packets in one direction: half of what one key of AES-GCM may
 * protect when packets are no larger than ours (RFC 9001, B.1.1). The engine cannot update keys.
 */
export const renewAfterMs = 3_600_000;
export const renewAfterPackets: number = 2 ** 27;
/** A session carries its link for this long at least: an acceptor that asks for another again and again gets one a second. */
export const renewalPauseMs = 1_000;

// ── Where an originator is ────────────────────────────────────────────────────────────────────────────────────────────

/** Checks whether a session's originator has moved: so many at once, and so many per second in the long run. */
export const addressChecksBurst = 32;
export const addressChecksPerSecond = 8;
/** How long a check takes at most, and when it repeats its probes first; each pause is twice as long as the one before. */
export const addressCheckMs = 3_000;
export const addressProbeIntervalMs = 100;
/** How long no address is looked at after the peer has answered from its former one. */
export const addressPauseMs = 500;
/** An address that is not proven yet is sent at most this many times the bytes that came from there (RFC 9000, 8.1). */
export const amplificationMax = 3;
/** Messages about addresses whose proof a session looks at. */
export const pathMessagesBurst = 32;
export const pathMessagesPerSecond = 16;

// ── Queues ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Packets in a link's own queue, and what they hold together. */
export const queuePacketsMax = 512;
export const queueBytesMax: number = 2 * 1024 * 1024;
/** The queue's buffer: it doubles when it is full, and at last holds what it may with what headers and its end may cost. */
export const queueRingMin: number = 64 * 1024;
export const queueRingMax: number = queueBytesMax + 64 * 1024;
/** Datagrams inside the engine, where nothing can be timed or dropped: enough to fill a QUIC packet, no more. */
export const engineQueueMax = 64;
/** Datagrams that the engine keeps for us between two turns of the event loop. */
export const engineReceiveQueueMax = 4_096;
/** CoDel (RFC 8289): a delay that may stand, and for how long a longer one is a burst and no standing queue. */
export const queueTargetMs = 5;
export const queueIntervalMs = 100;
/** Nothing waits longer than this, whatever CoDel says. */
export const queueDelayMaxMs = 250;
/** The congestion signal goes on at half of the queue or at this delay, and off at an eighth and below the target. */
export const congestedAtPackets: number = queuePacketsMax / 2;
export const congestedAtBytes: number = queueBytesMax / 2;
export const congestedAtDelayMs = 20;
export const relievedAtPackets: number = queuePacketsMax / 8;
export const relievedAtBytes: number = queueBytesMax / 8;

// ── The socket ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Datagrams that are written in one turn of the event loop before sockets are read again. */
export const transmitsPerTurn = 256;
/** Payloads in one system call: most of what can be saved, and a burst that a network card takes. The kernel's limit is 64. */
export const batchPayloadsMax = 32;
/** Most bytes of one batch: the kernel takes it as one UDP payload, which is a little less than 64 KB. */
export const batchBytesMax = 65_000;
/** Peers whose addresses are kept as system calls take them. */
export const systemAddressesMax = 1_024;
/** Link-local neighbours whose interface is remembered. */
export const scopedAddressesMax = 256;

// ── Pieces ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Pieces of one packet: four bits on the wire. */
export const piecesMax = 16;
/** Incomplete packets of one link. */
export const joinSlotsMax = 4;
/** An incomplete packet is given up after this long, or when a packet begins that is so many numbers younger. */
export const joinTimeoutMs = 1_000;
export const joinNumbersMax = 64;

// ── The packet size that a link prefers ───────────────────────────────────────────────────────────────────────────────

/** The sizes that a link may prefer, from the largest down. The size that fits one datagram is the last step. */
export const preferenceSteps: readonly number[] = [packetSizeMax, 8_192, 4_096];
/** A size of more pieces saves its users little more, while each piece that is lost costs all the others. */
export const preferencePiecesMax = 3;
/** A part of the packets that may be lost. */
export const preferenceLossMax = 0.024;
/** Losses are counted this often, and fade in this time, or over so many QUIC packets. */
export const preferenceIntervalMs = 250;
export const preferenceMemoryMs = 10_000;
export const preferenceMemoryPackets = 20_000;
/** Before the next larger size: so long without a change, and so many QUIC packets. The wait doubles up to the third. */
export const preferenceWaitMs = 5_000;
export const preferenceRaisePackets = 100;
export const preferenceWaitMaxMs = 120_000;
/** How long a packet may keep the medium busy. */
export const preferenceSerializeMs = 2;
/** A train is sent this often while the medium is fast enough for all sizes; else, or when it was not answered, as the second. */
export const trainIntervalMs = 60_000;
export const trainRetryMs = 10_000;
/** After a slow train the next one follows so soon, until there are so many: the fastest of them counts. */
export const trainRepeatMs = 200;
export const trainsKept = 3;

// ── What strangers can take ───────────────────────────────────────────────────────────────────────────────────────────

/** Accepted connections that are not links yet: of strangers, and of addresses that links have come up from before. */
export const halfOpenMax = 512;
export const halfOpenKnownMax = 256;
/** How long a place is not free whose connection became no link. */
export const placePauseMs = 1_000;
/** Vertices whose addresses are remembered, and addresses of each: a network or two, and those before. */
export const knownVerticesMax = 256;
export const knownAddressesPerVertex = 4;
/** Bytes that are read of the file that known addresses are kept in. */
export const knownFileMax: number = 64 * 1024;
/** Sessions to one address that are asked whether an unknown packet is their stateless reset. */
export const resetCandidatesMax = 16;
/** Smallest packet that may be a stateless reset (RFC 9000, 10.3). One that answers a packet is smaller than that. */
export const statelessResetMin = 21;
/** Answers to strangers, of each kind (Retry, version negotiation, stateless reset), that may wait to be sent. */
export const strangerAnswersMax = 512;
export const strangerAnswersPerSecond = 2_000;
/** Tokens that come back from a Retry and are looked at. */
export const tokenChecksPerSecond = 2_000;
/** Burst of both rates: as many as they give in this many milliseconds. Known addresses have as much again. */
export const strangerBurstMs = 100;
