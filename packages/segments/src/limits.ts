/** Bytes of the header before a piece: `struct virtio_net_hdr`. */
export const PIECE_HEADER_SIZE = 10;
/** Packets of a piece, or of a batch that is joined. */
export const PACKETS_MAX = 1_024;
/** Bytes of these packets: those of a piece of 64 KiB whose segments are half headers, or several pieces of larger ones. */
export const PACKET_BYTES_MAX = 262_144;
