import { checkFrame, controlMessage, frameHandle, FrameVerdict, packetCount } from "./frame.ts";
import type { FlorioCounters, FlorioHandlers } from "./port.ts";

/** Checks one received datagram, counts it, and gives it to its handler or drops it. */
export function deliverFrame(frame: Uint8Array, handlers: FlorioHandlers, counters: FlorioCounters): void {
  switch (checkFrame(frame)) {
    case FrameVerdict.data:
      counters.framesReceived++;
      counters.packetsReceived += packetCount(frame);
      handlers.onData(frameHandle(frame), frame);
      break;
    case FrameVerdict.control:
      counters.framesReceived++;
      handlers.onControl(controlMessage(frame));
      break;
    case FrameVerdict.malformed:
      counters.framesDroppedMalformed++;
      break;
    case FrameVerdict.version:
      counters.framesDroppedVersion++;
      handlers.onForeignVersion?.(frame[0]!);
      break;
    case FrameVerdict.type:
      counters.framesDroppedType++;
      break;
  }
}
