import type { Attack } from "../attack.ts";
import { closedCourse } from "../course.ts";

export const pathChallengesEndToEnd: Attack = {
  name: "path-challenges-end-to-end",
  by: "user",
  description: "As path-challenges, on a connection to a service.",
  held: "the connection is closed, and what is kept afterwards is bounded.",
  run: async (ground, { isShort }) => {
    const options = { over: "end", megabytes: isShort ? 4 : 20 };
    return closedCourse(ground, await ground.strike("path_challenges", options), "end", "PATH_CHALLENGES");
  },
};
