import type { Attack } from "../attack.ts";
import { courseOf, endOf } from "../course.ts";

const STREAMS = 60_000;

export const refusedStreams: Attack = {
  name: "refused-streams",
  by: "user",
  description:
    "Opens 3,000 streams a second to a service whose target is down, on one connection, without end: each leaves a note in the engine.",
  held: "the acceptor ends the connection, or refuses so few in a second that it comes to nothing.",
  run: async (ground, { isShort }) => {
    const options = {
      over: "end",
      kind: "refused",
      count: isShort ? 9_000 : STREAMS,
      perSecond: 3_000,
      holdSeconds: 2,
    };
    const strike = await ground.strike("streams", options);
    const refused = strike["refused"] as number;
    return courseOf(strike, {
      isHeld: isShort || strike.code !== null || refused < STREAMS / 2,
      text: `${refused} streams were refused, ${endOf(strike)}`,
    });
  },
};
