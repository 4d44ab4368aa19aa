export { PACKET_BYTES_MAX, PACKETS_MAX, PIECE_HEADER_SIZE } from "./limits.ts";
export { type PacketRun, Segments } from "./segments.ts";
