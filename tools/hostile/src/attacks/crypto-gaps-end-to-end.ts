import type { Attack } from "../attack.ts";
import { endedCourse } from "../course.ts";

export const cryptoGapsEndToEnd: Attack = {
  name: "crypto-gaps-end-to-end",
  by: "user",
  description: "As crypto-gaps, on a connection to a service.",
  held: "what is kept afterwards is bounded, whatever was sent.",
  run: async (ground, { isShort }) => {
    const options = { over: "end", kind: "crypto", megabytes: isShort ? 4 : 20 };
    return endedCourse(await ground.strike("gaps", options));
  },
};
