/** The numbers in docs are those of the code. A limit that no page names has its place in limits.ts. */
import { INITIAL_DATAGRAM_MIN } from "@florenetes/quic";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  PASSED_PACKETS,
  HOP_LIMIT_DEFAULT,
  LABEL_COUNT_MAX,
  LABEL_MAX,
  LABEL_MIN,
  SHARE_MAX,
  SHARE_PERMITS_MAX,
  SHARES_PER_PAIR_MAX,
} from "@florenetes/forwarding";
import { OVERLAY_TRANSIT_MAX } from "../src/overlay/limits.ts";
import { describe, expect, test } from "vitest";
import { ACCESS_BACKLOG_SIZE_MAX } from "../src/drivers/limits.ts";
import * as config from "../src/config/limits.ts";
import { GUESSES, GUESSES_PER_SECOND, SHARES_PER_LINK_MAX } from "../src/forwarding/limits.ts";
import { OPENED_MAX } from "../src/sessions/limits.ts";
import * as trace from "../src/trace/limits.ts";
import * as datagrams from "../src/transport/datagrams/limits.ts";
import * as loss from "../src/transport/limits.ts";
import {
  APPLICATION_PROTOCOL,
  BESIDE_IDLE_MS,
  BESIDE_PAUSE_MS,
  BESIDE_PAUSE_MS_MAX,
  CLOSING_FACTOR,
  defaultLimits as limits,
  HANDSHAKE_MS_MAX,
  HANDSHAKE_ROUND_TRIPS,
  KNOWN_PRINCIPALS_MAX,
  KNOWN_WAYS_PER_PRINCIPAL,
  MESSAGE_SIZE_MAX,
  OFFER_SIZE_MAX,
  PACKET_SIZE_MIN,
  PAYLOAD_MAX,
  PRESSURE_HOLDS_MS,
  PROBED_SIZE_MAX,
  RENEWAL_FACTOR,
  RETURN_MS,
  RETURN_MS_MAX,
  REPEAT_UNKNOWN_MS_MAX,
  ROUND_TRIP_MS_MAX,
  ROUND_TRIP_SPREAD_MAX,
  SESSION_LIMITS_MAX,
  TAKEN_PER_TURN,
  TAKEN_STEP,
  TRUNK_CONNECTIONS_MAX,
  VERTEX_TOKEN_SIZE,
} from "../src/transport/limits.ts";

/** Numbers are written as people read them: 16,384. */
const n = (value: number): string => value.toLocaleString("en");
const words: Readonly<Record<number, string>> = { 4: "four", 8: "eight" };
const s = (milliseconds: number): string => `${n(milliseconds / 1_000)} s`;
const megabytes = (bytes: number): string => `${bytes / 1024 / 1024} MB`;

/** The page in one line, so that a sentence is found wherever its lines end. */
function pageOf(name: string): string {
  return readFileSync(join(import.meta.dirname, "../../../docs", name), "utf8").replaceAll(/\s+/g, " ");
}

test("docs/operate/access-log.md says how many records wait for a disk", () => {
  expect(pageOf("operate/access-log.md")).toContain(`up to ${megabytes(ACCESS_BACKLOG_SIZE_MAX)} of them`);
});

describe("docs/protocol/trace.md", () => {
  const page = pageOf("protocol/trace.md");
  test.each([
    `up to ${n(trace.CHAIN_PART_SIZE)} bytes of the chain`,
    `A chain has ${trace.CHAIN_PARTS_MAX} parts at the most`,
    `again after ${trace.PART_MS} ms and twice at the most, for ${trace.CHAINS_MAX} chains and ${trace.PART_QUESTIONS_MAX} parts in all`,
  ])("says: %s", (sentence) => expect(page).toContain(sentence));
});

test("docs/protocol/data-session.md says how many streams the sockets of sessions share", () => {
  expect(pageOf("protocol/data-session.md")).toContain(`share ${n(OPENED_MAX)} streams and flows in the same way`);
});

describe("docs/protocol/transport.md", () => {
  const page = pageOf("protocol/transport.md");
  test.each([
    `where ${loss.LOSS_PACKETS_MIN} packets or more have passed in it of late: half of all counts are forgotten each ${s(loss.LOSS_HALF_LIFE_MS)}`,
    `counts ${s(loss.LOSS_SETTLE_MS)} later. A route that loses ${100 * loss.LOSSY_AT} % is *lossy*, until it loses less than ${100 * loss.NOT_LOSSY_AT} %`,
    `| ALPN | \`${APPLICATION_PROTOCOL}\` |`,
    `initial_max_stream_data | ${n(limits.streamWindow)}; grows while the stream is read, to at most ${n(limits.streamWindowMax)} |`,
    `of the acceptor ${n(limits.streamsOpenMax)} |`,
    `| max_udp_payload_size, acceptor | ${n(PAYLOAD_MAX)};`,
    `an end that has heard none ${s(2 * limits.handshakeMs)} after the connection began (twice as long as a handshake may take) closes it`,
    `the first ${VERTEX_TOKEN_SIZE} bytes of HMAC-SHA-256(secret,`,
    `(${n(config.STREAMS_PER_CONNECTION)} streams, or what \`streams-per-connection\` says, or an hour)`,
    `sent again after ${limits.repeatAfterMs} ms and then every ${limits.repeatEveryMs} ms for a second`,
    `waits for ${PRESSURE_HOLDS_MS.warning} ms (${PRESSURE_HOLDS_MS.critical} ms at \`critical\`)`,
    `when ${n(limits.waitingMax)} of a trunk wait, as many as may`,
    `how many limits follow (1, at most ${SESSION_LIMITS_MAX}), for each`,
    `OPEN has ${s(limits.openMs)} to come`,
    `when ${TAKEN_STEP / 1024} KiB more were than it told last`,
    `it tells of ${TAKEN_PER_TURN} streams`,
    `length: bytes of the body, at most ${n(MESSAGE_SIZE_MAX)}`,
    `Where more than ${limits.stuckPerTurn} streams of a connection wait for their workloads`,
    `(${limits.listPauseMs * 1_000} µs later for each of them`,
    `it keeps ${OFFER_SIZE_MAX / 1024} KiB of it`,
    `the reset came within ${limits.restartMs} ms and the shortest round trip`,
    `; ${s(limits.connectWaitMs)} where nothing is said)`,
    `at most ${n(limits.waitingMax)} of a trunk at a time`,
    `nothing at all was acknowledged for ${s(limits.unreachableMs)}`,
    `while nothing was acknowledged for ${s(limits.unreachableMs)} on the connection`,
    `is waited for, ${s(limits.connectWaitMs)} at most`,
    `for ${limits.silentMs} ms, or four smoothed round trips where these are longer`,
    `has answered for ${s(RETURN_MS)} without another silence. Each time that it is silent again within ${s(RETURN_MS_MAX)} of that, it has to answer for twice as long, up to ${s(RETURN_MS_MAX)}`,
    `stays for ${s(RETURN_MS_MAX)} after the return`,
    `for ${2 * limits.silentMs} ms where the round trip is not known yet`,
    `nothing was heard for | ${limits.silentMs} ms, or 4 smoothed round trips; ${2 * limits.silentMs} ms while`,
    `is repeated every ${s(limits.repeatIdleMs)} once nothing was acknowledged for ${s(limits.unreachableMs)}`,
    `process (${megabytes(limits.memoryMax)};`,
    `Above ${n(limits.failedStreamsBurst)} at once, or ${limits.failedStreamsPerSecond} a second`,
    `takes none of the principal for ${s(limits.conductPauseMs)}`,
    `after ${n(RENEWAL_FACTOR * limits.streamsPerConnection)} streams`,
    `after ${n(CLOSING_FACTOR * limits.streamsPerConnection)} (three times as many)`,
    `an acceptor begins ${limits.opensPerTurn} in a turn of its event loop`,
    `it reads ${limits.controlMessagesPerTurn}, and of streams whose target does not answer it asks ${limits.stuckPerTurn}`,
    `did not answer within ${s(limits.dialMs)} |`,
    `those of the datagram, 0 to ${n(datagrams.DATAGRAM_SIZE_MAX)}; or those of the piece`,
    `makes it longer than ${n(datagrams.DATAGRAM_SIZE_MAX)} bytes`,
    `of a flow ${words[datagrams.UNFINISHED_MAX]} at most wait for pieces`,
    `those of a connection hold ${datagrams.UNFINISHED_BYTES_MAX / 1024} KiB at most`,
    `an acceptor keeps ${datagrams.EARLY_MAX} frames and ${datagrams.EARLY_BYTES_MAX / 1024} KiB a connection, for a second`,
    `while a flow's target is being looked up, ${datagrams.WAITING_MAX} datagrams of it`,
    `A tunnel, and a service, has ${n(datagrams.FLOWS_MAX)} flows at most`,
    `A flow has ${datagrams.QUEUED_MAX} datagrams and ${datagrams.QUEUED_BYTES_MAX / 1024} KiB waiting at most`,
    `a connection ${datagrams.QUEUED_BYTES_OF_ALL_MAX / 1024 / 1024} MiB`,
    `A datagram that has waited for ${datagrams.QUEUED_MS_MAX} ms is dropped`,
    `that waited to be sent for longer than ${datagrams.QUEUED_MS_MAX} ms`,
    `| nothing was heard for ${s(limits.silenceMs)} |`,
    `| OPEN did not come within ${s(limits.openMs)} |`,
    `\`NO_ANSWER\` (no handshake within ${s(limits.handshakeMs)}, or`,
    `when nothing was heard for ${s(limits.pingBusyMs)} while streams are open, or for ${s(limits.pingIdleMs)} while none are`,
    `was acknowledged for ${s(limits.pingBusyMs)} while streams are open, or for ${s(limits.pingPathMs)} while none are`,
    `| ping, with / without streams | ${s(limits.pingBusyMs)} / ${s(limits.pingPathMs)} by an originator, ${s(limits.pingBusyMs)} / ${s(limits.pingIdleMs)} by an acceptor |`,
    `| repeat, first / next | ${limits.repeatAfterMs} ms / ${limits.repeatEveryMs} ms |`,
    `| repeat, for nobody, after ${s(limits.unreachableMs)} | ${s(limits.repeatIdleMs)} |`,
    `| silence | ${s(limits.silenceMs)} |`,
    `| handshake, at both ends | ${s(limits.handshakeMs)}, on slow paths up to ${s(HANDSHAKE_MS_MAX)} |`,
    `| ${limits.retryMs} ms, doubling to ${s(limits.retryMsMax)};`,
    `| a workload waits while nobody is reached, where its tunnel says nothing | ${s(limits.connectWaitMs)} |`,
    `| dialling the target | ${s(limits.dialMs)} |`,
    `| a draining connection waits for acknowledgements | ${s(limits.lingerMs)} |`,
    `| after FINISH, for its acceptor | ${s(limits.finishMs)} |`,
    `answers at most ${limits.probeAnswersPerSecond} a second`,
    `up to ${n(PROBED_SIZE_MAX)} bytes, then 4,096, 3,680 and 1,419; ${n(PACKET_SIZE_MIN)} is what every link carries`,
    `only small probes are sent, ${limits.probeRoundMs} ms to ${s(limits.probeRoundMsMax)} apart`,
    `A large answer may come ${limits.probeGraceMs} ms (and two round trips) later`,
    `at most ${limits.probeBytesPerSecond / 1024} KB of probes in a second. Where answers take n times ${limits.probeGraceMs} ms`,
    `(A round trip above ${s(ROUND_TRIP_MS_MAX)} counts as ${s(ROUND_TRIP_MS_MAX)}, and one above ${words[ROUND_TRIP_SPREAD_MAX]} times the shortest`,
    `it repeats after ${limits.repeatAfterMs} ms and then after twice as long, up to ${s(REPEAT_UNKNOWN_MS_MAX)}`,
    `| repeat, while no round trip is known | after ${limits.repeatAfterMs} ms, doubling to ${s(REPEAT_UNKNOWN_MS_MAX)} |`,
    `it may take ${words[HANDSHAKE_ROUND_TRIPS]} times as much longer, and where nobody was heard in the attempt before twice as long as that, up to ${s(HANDSHAKE_MS_MAX)}`,
    `nothing was acknowledged for | ${s(limits.unreachableMs)}, or 4 smoothed round trips |`,
    `every ${s(limits.pathCheckBusyMs)} while it has streams and every ${limits.pathCheckIdleMs / 60_000} min while it has none`,
    `A doubt comes to a search ${s(limits.pathDoubtMs)} after the last one; after doubts that were wrong, up to ${s(limits.pathDoubtMsMax)}`,
    `tried again after ${s(limits.pathRaiseMs)}, then after twice as long, up to ${s(limits.pathRaiseMsMax)}; beyond ${s(limits.pathRaiseIdleMs)} only`,
    `The first one over a path waits up to ${limits.pathSizeMs} ms for it`,
    `in a datagram of at least ${n(INITIAL_DATAGRAM_MIN)} bytes | a half-open connection; or a Retry, when ${limits.retryThreshold} are half-open already |`,
    `${n(limits.halfOpenMax)} of strangers, and ${limits.halfOpenKnownMax} of known ways back`,
    `the last ${KNOWN_WAYS_PER_PRINCIPAL} of each of ${KNOWN_PRINCIPALS_MAX} principals`,
    `Retries made and tokens looked at are ${n(limits.retriesPerSecond)} a second`,
    `credit for ${n(limits.streamsOpenMax)} streams of a connection at once`,
    `A trunk has at most ${TRUNK_CONNECTIONS_MAX} connections beside each other`,
    `has ended within ${s(BESIDE_IDLE_MS)}, the trunk pauses for ${s(BESIDE_PAUSE_MS)}, and for twice as long each time, up to ${BESIDE_PAUSE_MS_MAX / 60_000} min`,
    `When ${TRUNK_CONNECTIONS_MAX} are used up`,
    `workloads wait for room, at most ${n(limits.waitingMax)} of a trunk`,
    `The last connection drains when it was seen without streams for ${s(BESIDE_IDLE_MS)}`,
    `counts each of them as a connection of the principal (${n(limits.acceptedPerPrincipalMax)})`,
    `Accepted connections are bounded by ${n(limits.acceptedMax)}, and by ${n(limits.acceptedPerPrincipalMax)} for a principal`,
    `more than ${limits.refusedHandshakesBurst} handshakes at once, or ${limits.refusedHandshakesPerSecond} a second, were refused`,
    `at most ${limits.resetsPerSecond} a second`,
  ])("says: %s", (sentence) => expect(page).toContain(sentence));
});

describe("docs/protocol/mesh-packet.md", () => {
  const page = pageOf("protocol/mesh-packet.md");
  test.each([
    `| hop limit | 8 | ${HOP_LIMIT_DEFAULT} |`,
    `| label count n | 8 | 1 to ${LABEL_COUNT_MAX} |`,
    `| ${LABEL_MIN} to ${n(LABEL_MAX)} | what the label table of the vertex says |`,
    `remembers it in one of ${n(PASSED_PACKETS)} places`,
    `Our vertex passes ${n(config.TRANSIT_PACKETS)} packets and ${config.TRANSIT_BYTES / 1e6} MB`,
    `of which ${n(GUESSES)} are allowed at once and ${GUESSES_PER_SECOND} in a second`,
    `| the neighbour itself, inventing all words | ${n(GUESSES)} | ${GUESSES_PER_SECOND} |`,
    `| a vertex behind an honest neighbour | ${GUESSES / 4} | ${GUESSES_PER_SECOND / 4} |`,
    `carries packets of ${PACKET_SIZE_MIN} bytes or more`,
    `A *share* is a number, 1 to ${n(SHARE_MAX)}, by which`,
    `allowances for at most ${SHARES_PER_PAIR_MAX} shares, and a vertex ${n(OVERLAY_TRANSIT_MAX)} permits in all`,
  ])("says: %s", (sentence) => expect(page).toContain(sentence));
});

describe("the shares of docs/protocol/fabric-door.md and portal-api.md", () => {
  test.each([
    ["protocol/fabric-door.md", `At most ${n(OVERLAY_TRANSIT_MAX)} permits, for at most ${SHARES_PER_PAIR_MAX} shares`],
    ["protocol/fabric-door.md", `\`share\` may be missing: 1 to ${n(SHARE_MAX)}. Then the permit`],
    ["protocol/fabric-door.md", `Of each link at most ${SHARES_PER_LINK_MAX} shares are kept`],
    ["protocol/portal-api.md", `a \`TRANSIT_PERMIT\` with \`share\` (1 to ${n(SHARE_MAX)})`],
    ["protocol/portal-api.md", `more than ${SHARES_PER_PAIR_MAX} of one pair or ${n(SHARE_PERMITS_MAX)} in a table`],
  ])("%s says: %s", (page, sentence) => expect(pageOf(page)).toContain(sentence));
});

describe("docs/operate/configuration.md", () => {
  const page = pageOf("operate/configuration.md");
  test.each([
    `adjacency label for the link: what a path writes to be sent out on it. ${LABEL_MIN} to ${LABEL_MAX}.`,
    `| \`packets\` | \`${config.TRANSIT_PACKETS}\` | Packets in a second, 1 to ${config.TRANSIT_LIMIT_MAX}. |`,
    `| \`bytes\` | \`${config.TRANSIT_BYTES}\` | Bytes of mesh packets in a second, ${config.TRANSIT_BYTES_MIN} to ${config.TRANSIT_LIMIT_MAX}. |`,
    `| \`labels\` | required | 1 to ${LABEL_COUNT_MAX} labels`,
    `exactly this, and no probes; ${config.PATH_MTU_MIN} to ${config.PATH_MTU_MAX}.`,
    `| \`streams-per-connection\` | \`${config.STREAMS_PER_CONNECTION}\` |`,
    `carries in its life, 1 to ${config.STREAMS_PER_CONNECTION_MAX}.`,
  ])("says: %s", (sentence) => expect(page).toContain(sentence));
});
