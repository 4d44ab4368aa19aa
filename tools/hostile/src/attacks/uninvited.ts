import type { Attack } from "../attack.ts";
import { courseOf } from "../course.ts";

const CONNECTIONS = 30;

export const uninvited: Attack = {
  name: "uninvited",
  by: "user off the allow list",
  description: "Makes 30 connections to a service that does not allow it, and holds them.",
  held: "none is there a few seconds later.",
  run: async (ground) => {
    const strike = await ground.strike("uninvited", { count: CONNECTIONS, holdSeconds: 4 });
    const held = strike["held"] as number;
    return courseOf(strike, { isHeld: held === 0, text: `${held} of ${CONNECTIONS} connections are held` });
  },
};
