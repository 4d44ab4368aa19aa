import type { Attack } from "../attack.ts";
import { endedCourse } from "../course.ts";

export const pathChallenges: Attack = {
  name: "path-challenges",
  by: "neighbour",
  description:
    "PATH_CHALLENGE frames, each of which wants an answer, from somebody who acknowledges nothing: the answers wait and are kept.",
  held: "what is kept afterwards is bounded, whatever was sent.",
  run: async (ground, { isShort }) => {
    const options = { over: "link", megabytes: isShort ? 4 : 20 };
    return endedCourse(await ground.strike("path_challenges", options));
  },
};
