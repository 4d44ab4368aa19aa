/** The numbers of the guard in docs/quic.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as limits from "../src/limits.ts";

const n = (value: number): string => value.toLocaleString("en");
const megabytes = (bytes: number): string => `${bytes / 1024 / 1024} MB`;
const counts = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight"];

/** The page in one line, so that a sentence is found wherever its lines end. */
const page = readFileSync(join(import.meta.dirname, "../../../docs/quic.md"), "utf8").replaceAll(/\s+/g, " ");

test.each([
  `is at most ${megabytes(limits.hiddenMin)} and ${counts[limits.hiddenPerDelivered]} times what it delivered, and never more than ${megabytes(limits.hiddenMax)}`,
  `all connections of a process hide at most ${megabytes(limits.hiddenOfProcessMax)}`,
  `pieces of less than ${limits.smallPiece} bytes, with ${limits.pieceCost} bytes each`,
  `streams without a first byte, with ${limits.hiddenStreamCost / 1024} KB`,
  `when they cost more than ${megabytes(limits.unreadPiecesMax)}`,
  `| more than ${n(limits.gapsMax)} gaps in one stream |`,
  `more than ${limits.ticketBytesMax / 1024} KB or ${limits.ticketFramesMax} frames (session tickets) |`,
  `| more than ${limits.connectionIdsMax} NEW_CONNECTION_ID in a life`,
  `| more than ${limits.pathChallengesMax} PATH_CHALLENGE at once, ${limits.pathChallengesPerSecond} a second |`,
  `| more than ${n(limits.ackRangesMax)} ranges in an ACK |`,
  `| ${n(limits.unacknowledgedMax)} packets of ours without an acknowledgement |`,
  `in ${limits.packetsPerCanaryMin} to ${n(limits.packetsPerCanaryMax)} packets, at a random place`,
  `asked again, up to ${counts[limits.canaryTriesMax]} times`,
])("docs/quic.md says: %s", (sentence) => expect(page).toContain(sentence));
