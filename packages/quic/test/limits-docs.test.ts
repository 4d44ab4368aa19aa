/** The numbers of the guard in docs/develop/quic.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as limits from "../src/limits.ts";

const n = (value: number): string => value.toLocaleString("en");
const megabytes = (bytes: number): string => `${bytes / 1024 / 1024} MB`;
const counts = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight"];

/** The page in one line, so that a sentence is found wherever its lines end. */
const page = readFileSync(join(import.meta.dirname, "../../../docs/develop/quic.md"), "utf8").replaceAll(/\s+/g, " ");

test.each([
  `is at most ${megabytes(limits.HIDDEN_MIN)} and ${counts[limits.HIDDEN_PER_DELIVERED]} times what it delivered, and never more than ${megabytes(limits.HIDDEN_MAX)}`,
  `all connections of a process hide at most ${megabytes(limits.HIDDEN_OF_PROCESS_MAX)}`,
  `pieces of less than ${limits.SMALL_PIECE} bytes, with ${limits.PIECE_COST} bytes each`,
  `streams without a first byte, with ${limits.HIDDEN_STREAM_COST / 1024} KB`,
  `when they cost more than ${megabytes(limits.UNREAD_PIECES_MAX)}`,
  `| more than ${n(limits.GAPS_MAX)} gaps in one stream |`,
  `more than ${limits.TICKET_BYTES_MAX / 1024} KB or ${limits.TICKET_FRAMES_MAX} frames (session tickets) |`,
  `| more than ${limits.CONNECTION_IDS_MAX} NEW_CONNECTION_ID in a life`,
  `| more than ${limits.PATH_CHALLENGES_MAX} PATH_CHALLENGE at once, ${limits.PATH_CHALLENGES_PER_SECOND} a second |`,
  `| more than ${n(limits.ACK_RANGES_MAX)} ranges in an ACK |`,
  `| ${n(limits.UNACKNOWLEDGED_MAX)} packets of ours without an acknowledgement |`,
  `in ${limits.PACKETS_PER_CANARY_MIN} to ${n(limits.PACKETS_PER_CANARY_MAX)} packets, at a random place`,
  `asked again, up to ${counts[limits.CANARY_TRIES_MAX]} times`,
])("docs/develop/quic.md says: %s", (sentence) => expect(page).toContain(sentence));
