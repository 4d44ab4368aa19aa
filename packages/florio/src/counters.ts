import type { FlorioCounters } from "./port.ts";

export function newFlorioCounters(): FlorioCounters {
  return {
    framesSent: 0,
    framesReceived: 0,
    packetsSent: 0,
    packetsReceived: 0,
    packetsDroppedQueueFull: 0,
    packetsDroppedNotConnected: 0,
    packetsDroppedUnsendable: 0,
    controlDropped: 0,
    socketFull: 0,
    disconnects: 0,
    framesDroppedMalformed: 0,
    framesDroppedVersion: 0,
    framesDroppedType: 0,
    framesDroppedSender: 0,
  };
}
