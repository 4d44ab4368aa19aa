/** The numbers in docs/protocol/link-protocol.md are those of the code. A limit that the page does not name has its place in limits.ts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { TrafficClass } from "@florenetes/forwarding";
import { ENDED_SHOWN_MS } from "@florenetes/identity";
import { expect, test } from "vitest";
import * as limits from "../../src/quic-link/limits.ts";

/** Numbers are written as people read them: 16,384. */
const n = (value: number): string => value.toLocaleString("en");
const s = (milliseconds: number): string => `${n(milliseconds / 1_000)} s`;
const percent = (part: number): string => `${Number((100 * part).toFixed(1))} %`;

const parts: Readonly<Record<number, string>> = { 1: "all", 4: "a quarter", 8: "an eighth", 16: "sixteenth" };
const turns: ReadonlyMap<TrafficClass, string> = new Map([
  [TrafficClass.control, "first, as far as it may"],
  [TrafficClass.droppable, "when nothing else waits"],
]);

/** The page in one line, so that a sentence is found wherever its lines end. */
const page = readFileSync(join(import.meta.dirname, "../../../../docs/protocol/link-protocol.md"), "utf8").replaceAll(
  /\s+/g,
  " ",
);
const [large, ...lower] = limits.PAYLOAD_LADDER;
const small = lower.at(-1);
const counts = ["no", "one", "two", "three", "four"];

test.each([
  `until an end has sent ${limits.QUIET_TRAIN_PACKETS} QUIC packets since the speed was told last`,
  `| ALPN | \`${limits.APPLICATION_PROTOCOL}\` |`,
  `ours have ${limits.CONNECTION_ID_LENGTH} bytes`,
  `after ${limits.PROBES_PER_SIZE} without an answer ${lower.slice(0, -1).join(", ")}, then ${small}`,
  `${limits.HALF_OPEN_MAX} for strangers and ${limits.HALF_OPEN_KNOWN_MAX} for known addresses`,
  `A connection has ${s(limits.HALF_OPEN_MS)} from its first packet to a valid hello`,
  `${n(limits.TOKEN_CHECKS_PER_SECOND)} looks at tokens a second`,
  `${n(limits.STRANGER_ANSWERS_PER_SECOND)} answers a second of each kind`,
  `${(limits.STRANGER_ANSWERS_PER_SECOND * limits.STRANGER_BURST_MS) / 1_000} of them at once`,
  `the last ${limits.KNOWN_ADDRESSES_PER_VERTEX} of each of ${limits.KNOWN_VERTICES_MAX} vertices`,
  `a check that follows upon another within its ${s(limits.ADDRESS_CHECK_MS)} keeps it`,
  `again after ${[1, 3, 7].map((times) => times * limits.ADDRESS_PROBE_INTERVAL_MS).join(", ")} and`,
  `after an answer nothing is a candidate for ${limits.ADDRESS_PAUSE_MS} ms`,
  `at most **${counts[limits.AMPLIFICATION_MAX]} times** the bytes of the packets`,
  `${limits.ADDRESS_CHECKS_BURST} checks of a session at once and ${limits.ADDRESS_CHECKS_PER_SECOND} a second`,
  `${limits.PATH_MESSAGES_BURST} messages whose proof is looked at, and ${limits.PATH_MESSAGES_PER_SECOND} a second`,
  `body length: at most ${limits.CONTROL_BODY_MAX}`,
  `Until then it sends a PING every ${limits.CONFIRM_INTERVAL_MS} ms`,
  `Its originator closes it with SUPERSEDED after ${limits.DRAIN_MS === 1_000 ? "one second" : s(limits.DRAIN_MS)}`,
  `whose UP was lost: for ${s(limits.ACCEPTOR_DRAIN_MS)}, after`,
  `Ours keeps ${limits.DRAINING_MAX} such sessions of a link`,
  `length *n* of the tag, 1 to ${limits.TAG_LENGTH_MAX} |`,
  `this document is version ${limits.PROTOCOL_VERSION_MAX}, and \`link-flor\` speaks no other`,
  `after 2^${Math.log2(limits.RENEW_AFTER_PACKETS)} QUIC packets in one direction`,
  `a ${limits.RAISE_AFTER_MS === 60_000 ? "minute" : "?"} later; when they do not, after two minutes more, then`,
  `up to ${limits.RAISE_AFTER_MAX_MS === 3_600_000 ? "an hour" : "?"} (RFC 8899`,
  `A link carries packets of 1 to ${n(limits.LINK_MTU)} bytes`,
  `UDP payload of ${large} = QUIC: first byte 1 + connection ID ${limits.CONNECTION_ID_LENGTH}`,
  `a packet of at most ${large! - limits.PACKET_OVERHEAD - 1}, or header 3 and a piece of at most ${large! - limits.PACKET_OVERHEAD - 3}`,
  `Ours holds ${counts[limits.JOIN_SLOTS_MAX]} incomplete packets of a link`,
  `more than ${limits.JOIN_NUMBERS_MAX} numbers younger`,
  `The UDP payload of a link is ${small} to ${n(limits.UDP_PAYLOAD_MAX)} bytes`,
  `not larger than ${limits.UDP_PAYLOAD_MIN} bytes before it is proven`,
  `${large} is tried ${limits.PROBES_PER_SIZE} times, every ${limits.PROBE_INTERVAL_MS} ms or two round trips`,
  `its interface's MTU less ${limits.IP_OVERHEAD} (IPv6 and UDP)`,
  `in which it alone is tried, ${limits.PROBES_OF_LARGE_SIZE} times`,
  `${s(limits.CHECK_PAUSE_MS)} after the last look at the earliest: each ${limits.CHECK_INTERVAL_MS} ms, for ${s(limits.CHECK_ROUNDS_MAX * limits.CHECK_INTERVAL_MS)} at most`,
  `after ${{ 10: "ten" }[limits.CHECK_STRIKES]} rounds in which`,
  `waits for the answer for ${limits.FULL_PROBE_WAIT_MS} ms or three round trips`,
  `no size of more than ${counts[limits.PREFERENCE_PIECES_MAX]}`,
  `loss is above ${percent(limits.PREFERENCE_LOSS_MAX)} with certainty`,
  `the last ${n(limits.PREFERENCE_MEMORY_PACKETS)}, count, every ${limits.PREFERENCE_INTERVAL_MS} ms`,
  `${s(limits.PREFERENCE_WAIT_MS)} and ${limits.PREFERENCE_RAISE_PACKETS} packets after the last change`,
  `keeps the medium busy for more than ${limits.PREFERENCE_SERIALIZE_MS} ms`,
  `after a slow one two more follow at once, and the fastest of ${counts[limits.TRAINS_KEPT]} counts`,
  `in seconds, ${limits.QUIET_SECONDS_MIN} to ${limits.QUIET_SECONDS_MAX} (see *Quiet links*)`,
  `once in each quiet, each ${s(limits.QUIET_LOOK_MS_MAX)} at the least`,
  `${counts[limits.MISSED_SIGNS_MIN]} of them and ${counts[limits.MISSED_SIGNS_MIN + 1]} silent parts`,
  `no more than ${n(ENDED_SHOWN_MS / 86_400_000)} days ago while the CAs`,
  `A visit lasts ${s(limits.VISIT_MS)} at most (TOO_SLOW), and carries ${limits.VISIT_BYTES_MAX / 1024} KiB at most`,
  `There are ${limits.VISITS_MAX} visits of a cluster at a time, ${limits.VISITS_EACH_MAX} of one principal, and after ${limits.VISITS_BURST} that began at once ${limits.VISITS_PER_SECOND} begin in a second, of one principal after ${limits.VISITS_EACH_BURST} one in ${1 / limits.VISITS_EACH_PER_SECOND} s;`,
  `| 0, then ${limits.ATTEMPT_DELAY_MIN_MS}, 200, 400, ${limits.ATTEMPT_DELAY_MAX_MS}, 800 … ms, each ± ${percent(limits.ATTEMPT_JITTER)} |`,
  `| for ${s(limits.ATTEMPT_CALLS_FOR_MS)} after a link that was up for ${s(limits.ATTEMPT_RESET_AFTER_UP_MS)} is lost |`,
  `its last datagram again every ${limits.ATTEMPT_CALL_INTERVAL_MS} ms until`,
  `| ${limits.ATTEMPT_ANSWERED_FACTOR} t more, ${limits.ATTEMPT_ANSWERED_MIN_MS} ms at least and`,
  `| ${s(limits.ATTEMPT_SILENT_LIFE_MS)}; ${s(limits.ATTEMPT_HEARD_LIFE_MS)} once anything authenticated came from the peer |`,
  `| attempts at once | ${limits.ATTEMPTS_ALIVE_MAX} at most |`,
  `All links of a cluster have ${limits.ATTEMPTS_UNDER_WAY_MAX} places for attempts`,
  `is free ${s(limits.ATTEMPT_PAUSE_MS)} later`,
  `given up after ${s(limits.ATTEMPT_SCARCE_SILENT_LIFE_MS)}, or ${s(limits.ATTEMPT_SCARCE_HEARD_LIFE_MS)} once`,
  `but for one in ${counts[1 / limits.ATTEMPT_SCARCE_WHOLE]}, by chance`,
  `| ${s(limits.HALF_OPEN_MS)} after its first packet without a hello, ${s(limits.BRING_UP_MS)} after the hello if it is not up |`,
  `| when the link was up for ${s(limits.ATTEMPT_RESET_AFTER_UP_MS)} |`,
  `| ${s(limits.ATTEMPT_PERMANENT_DELAY_MS)} ± ${percent(limits.ATTEMPT_JITTER)};`,
  `at most ${limits.QUEUE_PACKETS_MAX} packets or ${limits.QUEUE_BYTES_MAX / 1024 / 1024} MiB of a link`,
  `There are ${limits.QUEUE_GROUPS - 1} places for in-links, and one for the vertex itself`,
  `connections get equal parts by bytes: there are ${limits.QUEUE_FLOWS} places for them`,
  `There are ${limits.QUEUE_SHARES} places for shares in each class of an in-link`,
  `only where more than ${limits.QUEUE_SHARES - 1} shares have something to send`,
  `each place keeps a ${parts[limits.QUEUE_SHARES]} of its class`,
  `without a share a ${parts[limits.QUEUE_FLOWS]} of that ${parts[limits.QUEUE_SHARES]}`,
  `goes ahead with ${limits.CONTROL_BURST / 1024} KiB at once, and with a ${parts[limits.CONTROL_PART]} of all`,
  `A packet counts ${limits.QUEUE_PACKET_LOAD / 1024} KiB beside its bytes`,
  `target ${limits.QUEUE_TARGET_MS} ms, interval ${limits.QUEUE_INTERVAL_MS} ms)`,
  `waits for ${limits.CONGESTED_AT_DELAY_MS} ms, or is half of the packets or bytes that the class may hold; this is taken back at an eighth and less than ${limits.QUEUE_TARGET_MS} ms`,
  ...Object.entries(TrafficClass).map(([name, of]) => {
    const turn =
      turns.get(of) ?? `by weight: ${limits.QUEUE_CLASS_COSTS[TrafficClass.bulk]! / limits.QUEUE_CLASS_COSTS[of]!}`;
    const whole = of === TrafficClass.control ? " of packets and bytes" : "";
    const most = `${parts[limits.QUEUE_CLASS_PARTS[of]!]}${whole}`;
    return `| \`${name}\` | ${turn} | ${most} | ${limits.QUEUE_CLASS_DELAYS_MAX_MS[of]} ms |`;
  }),
])("docs/protocol/link-protocol.md says: %s", (sentence) => expect(page).toContain(sentence));
