// Limits that native/ has as well: native/declaration/limits says what they are.
export {
  CONNECT_INTERVAL_MS,
  FRAME_HEADER_SIZE,
  FRAME_SIZE_MAX,
  FRAME_VERSION,
  LOOK_INTERVAL_MS,
  MESSAGE_SIZE_MAX,
  OWN_PATH_CHECK_ATTEMPTS,
  PACKET_LENGTH_SIZE,
  PACKET_SIZE_MAX,
  QUEUE_BYTES_MAX,
  QUEUE_CONTROL_MAX,
  QUEUE_FRAMES_MAX,
  SOCKET_PATH_BYTES_MAX,
} from "./generated/limits.ts";
