import type { Attack } from "../attack.ts";
import { strikeUntilClosed } from "../violations.ts";

export const cryptoGaps: Attack = {
  name: "crypto-gaps",
  by: "neighbour",
  description:
    "CRYPTO frames after the handshake, each of one byte, with a gap of a byte before it: the engine keeps each in a block of " +
    "its own (CVE-2024-1765 and its kin).",
  held: "the connection is closed, and what is kept afterwards is bounded.",
  run: async (ground, { isShort }) => {
    const options = { over: "link" as const, kind: "crypto", megabytes: isShort ? 4 : 20 };
    return strikeUntilClosed(ground, "gaps", options, "CRYPTO_DATA");
  },
};
