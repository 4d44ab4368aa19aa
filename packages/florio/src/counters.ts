import type { FlorioCounters } from "./port.ts";

type Names = readonly (keyof FlorioCounters)[];

/** Counters of refused packets, of which the caller was told. A caller that counts its own refusals must not add these. */
export const florioRefusals: Names = [
  "packetsRefusedQueueFull",
  "packetsRefusedNotConnected",
  "packetsRefusedUnsendable",
];

/** Counters of packets and frames that were lost here, of which no caller was told. */
export const florioLosses: Names = [
  "packetsDroppedNotConnected",
  "packetsDroppedUnsendable",
  "controlDropped",
  "framesDroppedDisconnected",
  "framesDroppedMalformed",
  "framesDroppedVersion",
  "framesDroppedType",
  "framesDroppedSender",
];

export function newFlorioCounters(): FlorioCounters {
  return {
    framesSent: 0,
    framesReceived: 0,
    packetsSent: 0,
    packetsReceived: 0,
    packetsRefusedQueueFull: 0,
    packetsRefusedNotConnected: 0,
    packetsRefusedUnsendable: 0,
    packetsDroppedNotConnected: 0,
    packetsDroppedUnsendable: 0,
    controlDropped: 0,
    socketFull: 0,
    disconnects: 0,
    framesDroppedDisconnected: 0,
    framesDroppedMalformed: 0,
    framesDroppedVersion: 0,
    framesDroppedType: 0,
    framesDroppedSender: 0,
  };
}
