import type { Attack } from "../attack.ts";
import { strikeUntilClosed } from "../violations.ts";

export const streamGaps: Attack = {
  name: "stream-gaps",
  by: "user",
  description:
    "STREAM frames of one byte with a gap of a byte before each, on as many streams as there is credit for: the windows count bytes, and " +
    "the engine keeps blocks.",
  held: "the connection is closed, and what is kept afterwards is bounded.",
  run: async (ground, { isShort }) => {
    const options = { over: "end" as const, kind: "streams", megabytes: isShort ? 4 : 20 };
    return strikeUntilClosed(ground, "gaps", options, "GAPS");
  },
};
