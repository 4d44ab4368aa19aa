import type { Attack } from "../attack.ts";
import { courseOf, endOf } from "../course.ts";

/** More streams than the credit of 16,384 at once allows, even if some are lost on their way. */
const STREAMS = 40_000;

/** Codes of QUIC (RFC 9000, 20.1) and of the transport. */
const STREAM_LIMIT_ERROR = 0x04;
const TOO_MANY_STREAMS = 0x12;

export const refusedStreams: Attack = {
  name: "refused-streams",
  by: "user",
  description:
    "Opens 3,000 streams a second to a service whose target is down, on one connection, without end: each leaves a note in the engine. In " +
    "full he leaves them open; in short he ends his side of each, and so is always given credit for more.",
  held: "the connection is closed: in full for a stream that it had no credit for, in short since so many were refused at once.",
  // Carol has a pause afterwards: the next of her connections would be closed.
  isAlone: true,
  run: async (ground, { isShort }) => {
    const options = {
      over: "end",
      kind: "refused",
      count: STREAMS,
      isEnded: isShort,
      perSecond: 3_000,
      holdSeconds: 2,
    };
    const strike = await ground.strike("streams", options);
    const refused = strike["refused"] as number;
    return courseOf(strike, {
      isHeld: strike.code === (isShort ? TOO_MANY_STREAMS : STREAM_LIMIT_ERROR),
      text: `${refused} streams were refused, ${endOf(strike)}`,
    });
  },
};
