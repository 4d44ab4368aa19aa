/** Frames that no honest peer sends, and for which every engine closes a connection. */
import {
  ACK_RANGES_MAX,
  CONNECTION_IDS_MAX,
  GAPS_MAX,
  HIDDEN_MIN,
  PATH_CHALLENGES_MAX,
  PIECE_COST,
  UNREAD_PIECES_MAX,
} from "../src/limits.ts";
import { frame, newConnectionId, streamFrame } from "./hostile-peer.ts";

/** The peer's breach; the cause by which it is counted; its packets; and how many of them the close takes at most. */
export type Breach = readonly [string, string, (i: number) => readonly Uint8Array[], number];

const one = Buffer.of(1);

/** FRAME_ENCODING_ERROR and PROTOCOL_VIOLATION (RFC 9000, 20.1). */
export function closeCodeOf(cause: string): number {
  return cause === "MALFORMED_FRAME" ? 0x07 : 0x0a;
}

export const breaches: readonly Breach[] = [
  [
    "leaves gaps of a byte in a stream",
    "HIDDEN_BYTES",
    (i) => Array.from({ length: 150 }, (_, n) => streamFrame(4 * (i % 40), 2 * (150 * i + n) + 1, one)),
    HIDDEN_MIN / PIECE_COST / 150 + 2,
  ],
  [
    "leaves more gaps in one stream than its window has packets",
    "GAPS",
    (i) => Array.from({ length: 150 }, (_, n) => streamFrame(0, 200_000 - 2 * (150 * i + n), one)),
    GAPS_MAX / 150 + 1,
  ],
  [
    "sends bytes one by one that nobody reads",
    "HIDDEN_BYTES",
    (i) => Array.from({ length: 150 }, (_, n) => streamFrame(4 * Math.floor(i / 1_000), 150 * (i % 1_000) + n, one)),
    (HIDDEN_MIN + UNREAD_PIECES_MAX) / PIECE_COST / 150 + 2,
  ],
  [
    "sends large frames with one new byte each",
    "HIDDEN_BYTES",
    (i) => [streamFrame(0, i, Buffer.alloc(1_300))],
    (HIDDEN_MIN + UNREAD_PIECES_MAX) / 1_300 + 2,
  ],
  [
    "leaves the first bytes of all streams out",
    "HIDDEN_BYTES",
    (i) => [streamFrame(4 * i, 1, Buffer.alloc(1_300))],
    HIDDEN_MIN / 1_300 + 2,
  ],
  [
    "begins streams without a byte",
    "HIDDEN_BYTES",
    (i) => Array.from({ length: 100 }, (_, n) => frame(n % 2 === 0 ? 0x05 : 0x11, 4 * (100 * i + n), 0)),
    30,
  ],
  ["sends CRYPTO after the handshake", "CRYPTO_DATA", (i) => [frame(0x06, 2 * i, 1, one)], 1],
  ["gives new IDs and retires them", "CONNECTION_IDS", (i) => [newConnectionId(i + 1, i + 1)], CONNECTION_IDS_MAX + 1],
  ["retires our only ID", "CONNECTION_IDS", () => [frame(0x19, 0)], 1],
  [
    "challenges without end",
    "PATH_CHALLENGES",
    () => [frame(0x1a, Buffer.alloc(8)), frame(0x1a, Buffer.alloc(8))],
    PATH_CHALLENGES_MAX / 2 + 1,
  ],
  ["acknowledges what was not sent", "ACK_OF_UNSENT", () => [frame(0x02, 10_000, 0, 0, 0)], 1],
  [
    "acknowledges in too many ranges",
    "ACK_RANGES",
    () => [frame(0x02, 10_000, 0, ACK_RANGES_MAX, 0, Buffer.alloc(2 * ACK_RANGES_MAX))],
    1,
  ],
  ["sends a frame that nobody knows", "MALFORMED_FRAME", () => [frame(0x21)], 1],
  ["sends a frame that is cut off", "MALFORMED_FRAME", () => [frame(0x18, 1, 1)], 1],
];
