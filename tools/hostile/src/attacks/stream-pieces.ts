import type { Attack } from "../attack.ts";
import { endedCourse } from "../course.ts";

export const streamPieces: Attack = {
  name: "stream-pieces",
  by: "user",
  description:
    "Streams to a workload that does not read: their bytes come in order, one in each frame, and the engine keeps a block for each.",
  held: "what is kept afterwards is bounded, whatever was sent.",
  run: async (ground, { isShort }) => {
    const options = { over: "end", megabytes: isShort ? 4 : 20 };
    return endedCourse(await ground.strike("pieces", options));
  },
};
