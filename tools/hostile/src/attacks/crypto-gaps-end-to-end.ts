import type { Attack } from "../attack.ts";
import { closedCourse } from "../course.ts";

export const cryptoGapsEndToEnd: Attack = {
  name: "crypto-gaps-end-to-end",
  by: "user",
  description: "As crypto-gaps, on a connection to a service.",
  held: "the connection is closed, and what is kept afterwards is bounded.",
  run: async (ground, { isShort }) => {
    const options = { over: "end", kind: "crypto", megabytes: isShort ? 4 : 20 };
    return closedCourse(ground, await ground.strike("gaps", options), "end", "CRYPTO_DATA");
  },
};
