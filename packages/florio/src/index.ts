export { openFlorioPort } from "./drivers/socket-port.ts";
export type { FlorioPortOptions } from "./drivers/socket-port.ts";
export { memoryFlorioPair } from "./memory-pair.ts";
export type { MemoryFlorioPair, MemoryFlorioPort } from "./memory-pair.ts";
export type { FlorioCounters, FlorioHandlers, FlorioPort, PortHeartbeats } from "./port.ts";
export type { ThreadPortEvent } from "./thread-port.ts";
export { ThreadPort, threadPortError } from "./thread-port.ts";
export { florioLosses, florioRefusals, newFlorioCounters } from "./counters.ts";
export { FlorioError } from "./errors.ts";
export type { FlorioErrorCode } from "./errors.ts";
export {
  checkFrame,
  controlMessage,
  DataFrameWriter,
  FIRST_PACKET,
  frameHandle,
  frameSource,
  FrameVerdict,
  nextPacket,
  packetBytes,
  packetCount,
  packetEnd,
  readdressFrame,
  writeControlFrame,
} from "./frame.ts";
export {
  FRAME_SIZE_MAX,
  FRAME_VERSION,
  MESSAGE_SIZE_MAX,
  PACKET_SIZE_MAX,
  QUEUE_BYTES_MAX,
  QUEUE_CONTROL_MAX,
  QUEUE_FRAMES_MAX,
  SOCKET_PATH_BYTES_MAX,
} from "./limits.ts";
