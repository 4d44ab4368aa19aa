import type { Attack } from "../attack.ts";
import { courseOf, endOf } from "../course.ts";

/** More than one connection may have: the acceptor's bound, and the credit that it gives. */
const STREAMS = 60_000;
const STREAMS_SHORT = 20_000;

export const refusedStreams: Attack = {
  name: "refused-streams",
  by: "user",
  description:
    "Opens 3,000 streams a second to a service whose target is down, on one connection, without end: each leaves a note in the engine.",
  held: "the acceptor ends the connection.",
  run: async (ground, { isShort }) => {
    const options = {
      over: "end",
      kind: "refused",
      count: isShort ? STREAMS_SHORT : STREAMS,
      perSecond: 3_000,
      holdSeconds: 2,
    };
    const strike = await ground.strike("streams", options);
    const refused = strike["refused"] as number;
    return courseOf(strike, {
      isHeld: strike.code !== null,
      text: `${refused} streams were refused, ${endOf(strike)}`,
    });
  },
};
