import type { NativeFlowFigures } from "@florenetes/data-plane";

/** The thread's figures of a tunnel or service that has had no flow. */
export const noFlows: NativeFlowFigures = {
  endedIdle: 0,
  endedRoom: 0,
  datagramsSent: 0,
  bytesSent: 0,
  datagramsReceived: 0,
  bytesReceived: 0,
  drops: {
    queue: 0,
    late: 0,
    tooLarge: 0,
    unfinished: 0,
    unknownFlow: 0,
    malformed: 0,
    noRoom: 0,
    refused: 0,
    target: 0,
  },
};
