//! The packets of a link in DATAGRAM frames of its QUIC connection, whole or in pieces (docs/protocol/link-protocol.md).

mod datagram_sender;
mod joiner;
mod piece;

pub use datagram_sender::{DatagramSender, DatagramSink, SendCounts};
pub use joiner::{JoinBuffers, JoinCounts, Joiner};
pub use piece::{PIECE_HEADER_SIZE, WHOLE_HEADER_SIZE, piece_count};
