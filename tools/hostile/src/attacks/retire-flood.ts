import type { Attack } from "../attack.ts";
import { strikeUntilClosed } from "../violations.ts";

export const retireFlood: Attack = {
  name: "retire-flood",
  by: "neighbour",
  description:
    "Connection IDs are given and retired without end by somebody who acknowledges nothing, and the engine notes each; then 250 packets a " +
    "second make it look through all notes (CVE-2024-1410).",
  held: "the connection is closed, what is kept is bounded, and requests go on.",
  run: async (ground, { isShort }) => {
    const options = { over: "link" as const, megabytes: isShort ? 3 : 17, seconds: isShort ? 3 : 10 };
    return strikeUntilClosed(ground, "retire_flood", options, "CONNECTION_IDS");
  },
};
