/** The numbers in docs/protocol/florio.md are those of the code. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as limits from "../src/limits.ts";

const n = (value: number): string => value.toLocaleString("en");

/** The page in one line, so that a sentence is found wherever its lines end. */
const page = readFileSync(join(import.meta.dirname, "../../../docs/protocol/florio.md"), "utf8").replaceAll(
  /\s+/g,
  " ",
);

test.each([
  `One datagram is one frame, of at most **${n(limits.FRAME_SIZE_MAX)} bytes**`,
  `length, 1 to ${n(limits.PACKET_SIZE_MAX)} |`,
  `| version | ${limits.FRAME_VERSION}. A frame of any other version is dropped`,
  `A path has at most **${limits.SOCKET_PATH_BYTES_MAX} bytes**`,
  `try again **every ${limits.CONNECT_INTERVAL_MS} ms** until that succeeds`,
  `A side looks every ${limits.LOOK_INTERVAL_MS} ms`,
  `Florenetes' own port keeps ${limits.QUEUE_FRAMES_MAX} frames or ${limits.QUEUE_BYTES_MAX / 1024 / 1024} MiB, whichever is less, and ${limits.QUEUE_CONTROL_MAX} messages`,
])("docs/protocol/florio.md says: %s", (sentence) => expect(page).toContain(sentence));
