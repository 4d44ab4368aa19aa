import type { Attack } from "../attack.ts";
import { strikeUntilClosed } from "../violations.ts";

export const pathChallenges: Attack = {
  name: "path-challenges",
  by: "neighbour",
  description:
    "PATH_CHALLENGE frames, each of which wants an answer, from somebody who acknowledges nothing: the answers wait and are kept.",
  held: "the connection is closed, and what is kept afterwards is bounded.",
  run: async (ground, { isShort }) => {
    const options = { over: "link" as const, megabytes: isShort ? 4 : 20 };
    return strikeUntilClosed(ground, "path_challenges", options, "PATH_CHALLENGES");
  },
};
