//! Bounds on what a peer can make an engine keep, and what the protocol fixes.

/// UDP payload that every path carries (RFC 9000, 14), and the largest that is sent before the handshake is complete.
pub(crate) const PAYLOAD_MIN: u16 = 1_200;
/// Largest UDP payload that we announce to take, and ever send: the longest length of two bytes (RFC 9000, 16).
pub(crate) const PAYLOAD_MAX: u16 = 16_383;
/// Room without which nothing is written, in bytes: header, connection ID, number, tag and the head of a frame have less.
pub(crate) const ROOM_MIN: usize = 128;
/// CRYPTO data beyond what TLS has read, in bytes: a certificate chain has at most 16 KB, and comes with its extensions.
pub(crate) const CRYPTO_BUFFER_MAX: usize = 32_768;
/// Bytes of streams that a connection holds until they are acknowledged. A sender whose peer acknowledges nothing waits.
pub(crate) const SEND_WINDOW: u64 = 8_388_608;
/// Bytes of one turn's received datagrams inside of quinn, from where they go into our own queue of `receive_queue_max`.
pub(crate) const DATAGRAM_BUFFER: usize = 131_072;
/// Datagrams that wait are counted by us; inside of quinn they may have as many bytes as they like.
pub(crate) const DATAGRAM_SEND_BUFFER: usize = usize::MAX / 2;
/// Milliseconds for which a CONNECTION_CLOSE waits for somebody who takes it.
pub(crate) const CLOSE_HELD_MS: f64 = 10_000.0;
/// Deadlines that one call may find due one after the other: each probe timeout is twice as long as the last.
pub(crate) const TIMEOUTS_AT_ONCE: usize = 32;
/// Largest value of a variable-length integer (RFC 9000, 16).
pub(crate) const VARINT_MAX: u64 = (1 << 62) - 1;
