import type { Attack } from "../attack.ts";
import { strikeUntilClosed } from "../violations.ts";
import { routeNowhere } from "../route.ts";

export const streamPieces: Attack = {
  name: "stream-pieces",
  by: "user",
  description:
    "Streams to a target that does not answer yet, so that nobody reads them: their bytes come in order, one in each frame, and the engine " +
    "keeps a block for each.",
  held: "the connection is closed, and what is kept afterwards is bounded.",
  // A connection may hold 40 MB of pieces (docs/develop/quic.md), and the C library gives freed memory back late.
  memoryMax: 80,
  run: async (ground, { isShort }) => {
    await routeNowhere(ground);
    const options = { over: "end" as const, megabytes: isShort ? 4 : 20 };
    return strikeUntilClosed(ground, "pieces", options, "HIDDEN_BYTES");
  },
};
