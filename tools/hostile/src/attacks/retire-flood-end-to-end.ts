import type { Attack } from "../attack.ts";
import { endedCourse } from "../course.ts";

export const retireFloodEndToEnd: Attack = {
  name: "retire-flood-end-to-end",
  by: "user",
  description:
    "As retire-flood, on a connection to a service whose first packet has a source ID, against the protocol.",
  held: "what is kept is bounded, and requests go on; such a first packet starts no connection.",
  run: async (ground, { isShort }) => {
    const options = { over: "end", megabytes: isShort ? 3 : 17, seconds: isShort ? 3 : 10 };
    return endedCourse(await ground.strike("retire_flood", options));
  },
};
