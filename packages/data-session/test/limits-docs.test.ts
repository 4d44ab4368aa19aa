/** The numbers in docs/protocol/data-session.md are those of the code, and its codes are those of the transport. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SessionCode, sessionCodeName } from "../src/codes.ts";
import { FrameType, frameRule } from "../src/frame-types.ts";
import * as limits from "../src/limits.ts";
import { DEFAULT_LIMITS, LIMIT_NUMBERS, UNNAMED_LIMITS } from "../src/session-limits.ts";

const n = (value: number): string => value.toLocaleString("en");
const hex = (code: number): string => `0x${code.toString(16).padStart(2, "0")}`;

/** The page in one line, so that a sentence is found wherever its lines end. */
function read(name: string): string {
  return readFileSync(join(import.meta.dirname, "../../../docs", name), "utf8").replaceAll(/\s+/g, " ");
}
const page = read("protocol/data-session.md");
const transport = read("protocol/transport.md");
const codes = Object.values(SessionCode).filter((code) => code < 0x80);

test.each([
  `of all others at most ${n(limits.CONTROL_LENGTH_MAX)}; more is TOO_LARGE`,
  `how many limits follow (1, at most ${limits.LIMITS_MAX})`,
  `as long as these have ${limits.SERVICES_SIZE_MAX} octets or fewer together, with one more for each`,
  `how many reasons follow (1, at most ${limits.REASONS_MAX}), reasons (texts of at most ${limits.REASON_SIZE_MAX} octets)`,
  `not ready ${limits.HANDSHAKE_MS / 1_000} s after the beginning`,
  `open at once | ${UNNAMED_LIMITS.streams} | ${n(DEFAULT_LIMITS.streams)} |`,
  `the largest body, ${n(limits.CONTROL_LENGTH_MAX)} to ${n(limits.LENGTH_MAX)} | ${n(UNNAMED_LIMITS.frameLength)} | ${n(DEFAULT_LIMITS.frameLength)} |`,
  `each half of a stream begins with | ${UNNAMED_LIMITS.streamWindow} | ${n(DEFAULT_LIMITS.streamWindow)} |`,
  `the frame length and ${n(limits.DATAGRAM_SIZE_MAX)}; 0: no flows | ${UNNAMED_LIMITS.datagramSize} | ${n(DEFAULT_LIMITS.datagramSize)} |`,
  `above ${n(limits.RESETS_BURST)} at once, or ${limits.RESETS_PER_SECOND} a second, the session ends as FLOODING`,
  `sends ${n(limits.GIVE_UPS_BURST)} of those at once and ${n(limits.GIVE_UPS_PER_SECOND)} a second`,
  `take turns by bytes, up to ${n(limits.DATA_SIZE)} in a frame`,
  `At most ${limits.PINGS_UNANSWERED_MAX} may be unanswered`,
  `heard nothing for ${limits.PING_MS / 1_000} s, and ends the session as SILENT when it has heard nothing for ${limits.SILENCE_MS / 1_000} s`,
  `which grows from ${n(limits.STREAM_WINDOW)} to ${n(limits.STREAM_WINDOW_MAX)} bytes, by at most ${limits.WINDOW_POOL / 1024 / 1024} MiB in all`,
  `for each stream ${n(limits.SEND_BUFFER_MAX)} bytes that wait for the socket`,
  `for each flow ${limits.DATAGRAMS_WAITING_MAX} datagrams or ${n(limits.DATAGRAM_BYTES_WAITING_MAX)} bytes of them`,
  `It looks at ${limits.FRAMES_PER_TURN} frames in a turn of its event loop, and at none while ${n(limits.EVENTS_MAX)} events or ${limits.EVENT_BYTES_MAX / 1024 / 1024} MiB of datagrams wait`,
  `CONNECTION_LOST (${hex(SessionCode.connectionLost)})`,
])("docs/protocol/data-session.md says: %s", (sentence) => expect(page).toContain(sentence));

test.each(Object.values(FrameType))("docs/protocol/data-session.md has frames of type %i", (type) => {
  const { name, isOfStream } = frameRule(type)!;
  expect(page).toMatch(new RegExp(String.raw`\| ${type} \| ${name} \| ${isOfStream ? "(stream|flow)" : "session"}`));
});

test.each([...LIMIT_NUMBERS.values()])("docs/protocol/data-session.md has limit %i", (number) => {
  expect(page).toMatch(new RegExp(String.raw`\| ${number} \| [a-z ]+.*\|`));
});

test.each(codes)(
  "docs/protocol/data-session.md has code %i, and the transport's codes mean what they mean there",
  (code) => {
    const row = `| ${hex(code)} | ${sessionCodeName(code)} |`;
    expect(page).toContain(row);
    expect(transport.includes(row)).toBe(code < 0x40);
  },
);
