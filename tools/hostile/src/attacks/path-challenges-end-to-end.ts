import type { Attack } from "../attack.ts";
import { strikeUntilClosed } from "../violations.ts";

export const pathChallengesEndToEnd: Attack = {
  name: "path-challenges-end-to-end",
  by: "user",
  description: "As path-challenges, on a connection to a service.",
  held: "the connection is closed, and what is kept afterwards is bounded.",
  run: async (ground, { isShort }) => {
    const options = { over: "end" as const, megabytes: isShort ? 4 : 20 };
    return strikeUntilClosed(ground, "path_challenges", options, "PATH_CHALLENGES");
  },
};
