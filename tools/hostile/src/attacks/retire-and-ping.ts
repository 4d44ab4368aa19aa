import type { Attack } from "../attack.ts";
import { endedCourse } from "../course.ts";

export const retireAndPing: Attack = {
  name: "retire-and-ping",
  by: "neighbour",
  description:
    "One packet from a new UDP port retires connection IDs so that the engine takes one of them for its next packet, which must not " +
    "retire itself: quiche 0.18 looks for another for good (CVE-2025-7054).",
  held: "link-flor answers, and other links go on.",
  run: async (ground) => endedCourse(await ground.strike("retire_and_ping")),
};
