/** The numbers in docs/link-protocol.md are those of the code. A limit that the page does not name has its place in limits.ts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as limits from "../../src/quic-link/limits.ts";

/** Numbers are written as people read them: 16,384. */
const n = (value: number): string => value.toLocaleString("en");
const s = (milliseconds: number): string => `${n(milliseconds / 1_000)} s`;
const percent = (part: number): string => `${Number((100 * part).toFixed(1))} %`;

/** The page in one line, so that a sentence is found wherever its lines end. */
const page = readFileSync(join(import.meta.dirname, "../../../../docs/link-protocol.md"), "utf8").replaceAll(
  /\s+/g,
  " ",
);
const [large, middle, small] = limits.payloadLadder;
const counts = ["no", "one", "two", "three", "four"];

test.each([
  `| ALPN | \`${limits.applicationProtocol}\` |`,
  `ours have ${limits.connectionIdLength} bytes`,
  `after ${limits.probesPerSize} without an answer ${middle}, then ${small}`,
  `| idle timeout | ${s(limits.idleTimeoutMs)} or none`,
  `${limits.halfOpenMax} for strangers and ${limits.halfOpenKnownMax} for known addresses`,
  `A connection has ${s(limits.halfOpenMs)} from its first packet to a valid hello`,
  `${n(limits.tokenChecksPerSecond)} looks at tokens a second`,
  `${n(limits.strangerAnswersPerSecond)} answers a second of each kind`,
  `${(limits.strangerAnswersPerSecond * limits.strangerBurstMs) / 1_000} of them at once`,
  `the last ${limits.knownAddressesPerVertex} of each of ${limits.knownVerticesMax} vertices`,
  `a check that follows upon another within its ${s(limits.addressCheckMs)} keeps it`,
  `again after ${[1, 3, 7].map((times) => times * limits.addressProbeIntervalMs).join(", ")} and`,
  `after an answer nothing is a candidate for ${limits.addressPauseMs} ms`,
  `at most **${counts[limits.amplificationMax]} times** the bytes of the packets`,
  `${limits.addressChecksBurst} checks of a session at once and ${limits.addressChecksPerSecond} a second`,
  `${limits.pathMessagesBurst} messages whose proof is looked at, and ${limits.pathMessagesPerSecond} a second`,
  `body length: at most ${limits.controlBodyMax}`,
  `length *n* of the tag, 1 to ${limits.tagLengthMax} |`,
  `this document is version ${limits.protocolVersionMax}, and \`link-flor\` speaks no other`,
  `after 2^${Math.log2(limits.renewAfterPackets)} QUIC packets in one direction`,
  `A link carries packets of 1 to ${n(limits.packetSizeMax)} bytes`,
  `UDP payload of ${large} = QUIC: first byte 1 + connection ID ${limits.connectionIdLength}`,
  `a packet of at most ${large! - limits.packetOverhead - 1}, or header 3 and a piece of at most ${large! - limits.packetOverhead - 3}`,
  `Ours holds ${counts[limits.joinSlotsMax]} incomplete packets of a link`,
  `more than ${limits.joinNumbersMax} numbers younger`,
  `The UDP payload of a link is ${small} to ${n(limits.udpPayloadMax)} bytes`,
  `not larger than ${limits.udpPayloadMin} bytes before it is proven`,
  `${large} is tried ${limits.probesPerSize} times, every ${limits.probeIntervalMs} ms or two round trips`,
  `its interface's MTU less ${limits.ipOverhead} (IPv6 and UDP)`,
  `in which it alone is tried, ${limits.probesOfLargeSize} times`,
  `waits for the answer for ${limits.fullProbeWaitMs} ms or three round trips`,
  `no size of more than ${counts[limits.preferencePiecesMax]}`,
  `loss is above ${percent(limits.preferenceLossMax)} with certainty`,
  `the last ${n(limits.preferenceMemoryPackets)}, count, every ${limits.preferenceIntervalMs} ms`,
  `${s(limits.preferenceWaitMs)} and ${limits.preferenceRaisePackets} packets after the last change`,
  `keeps the medium busy for more than ${limits.preferenceSerializeMs} ms`,
  `after a slow one two more follow at once, and the fastest of ${counts[limits.trainsKept]} counts`,
  `${counts[limits.missedSignsMin]} of them and ${counts[limits.missedSignsMin + 1]} silent parts`,
  `| 0, then ${limits.attemptDelayMinMs}, 200, 400, ${limits.attemptDelayMaxMs}, 800 … ms, each ± ${percent(limits.attemptJitter)} |`,
  `| ${limits.attemptAnsweredFactor} t more, ${limits.attemptAnsweredMinMs} ms at least and`,
  `| ${s(limits.attemptSilentLifeMs)}; ${s(limits.attemptHeardLifeMs)} once anything authenticated came from the peer |`,
  `| attempts at once | ${limits.attemptsAliveMax} at most |`,
  `| ${s(limits.halfOpenMs)} after its first packet without a hello, ${s(limits.bringUpMs)} after the hello if it is not up |`,
  `| when the link was up for ${s(limits.attemptResetAfterUpMs)} |`,
  `| ${s(limits.attemptPermanentDelayMs)} ± ${percent(limits.attemptJitter)};`,
  `at most ${limits.queuePacketsMax} packets or ${limits.queueBytesMax / 1024 / 1024} MiB of a link`,
  `target ${limits.queueTargetMs} ms, interval ${limits.queueIntervalMs} ms) and whatever has waited for ${limits.queueDelayMaxMs} ms`,
  `at half of these numbers or ${limits.congestedAtDelayMs} ms, and takes it back at an eighth and less than ${limits.queueTargetMs} ms`,
])("docs/link-protocol.md says: %s", (sentence) => expect(page).toContain(sentence));
