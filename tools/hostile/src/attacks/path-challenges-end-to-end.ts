import type { Attack } from "../attack.ts";
import { endedCourse } from "../course.ts";

export const pathChallengesEndToEnd: Attack = {
  name: "path-challenges-end-to-end",
  by: "user",
  description: "As path-challenges, on a connection to a service.",
  held: "what is kept afterwards is bounded, whatever was sent.",
  run: async (ground, { isShort }) => {
    const options = { over: "end", megabytes: isShort ? 4 : 20 };
    return endedCourse(await ground.strike("path_challenges", options));
  },
};
