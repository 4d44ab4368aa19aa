//! Numbers that FlorIO fixes, and bounds of a port. The same numbers stand in packages/florio's `limits.ts`.

use std::time::Duration;

/// Every frame starts with it; another one is another protocol.
pub const FRAME_VERSION: u8 = 1;
/// Version, type, flags and link handle.
pub const FRAME_HEADER_SIZE: usize = 8;
/// The length field before each packet of a DATA frame.
pub const PACKET_LENGTH_SIZE: usize = 2;
/// A datagram of the local socket, headers included.
pub const FRAME_SIZE_MAX: usize = 65_000;
/// The largest packet that fits into a DATA frame of its own.
pub const PACKET_SIZE_MAX: usize = FRAME_SIZE_MAX - FRAME_HEADER_SIZE - PACKET_LENGTH_SIZE;
/// The largest Portal API message that fits into a CONTROL frame.
pub const MESSAGE_SIZE_MAX: usize = FRAME_SIZE_MAX - FRAME_HEADER_SIZE;

/// `sun_path` holds 108 bytes with the closing zero.
pub const SOCKET_PATH_BYTES_MAX: usize = 107;

/// DATA frames that wait for the socket: a partner that stalls for longer loses packets instead of delaying them.
pub const QUEUE_FRAMES_MAX: usize = 64;
/// Bytes that those frames may hold together.
pub const QUEUE_BYTES_MAX: usize = 1_048_576;
/// CONTROL frames that wait for the socket, ahead of all data.
pub const QUEUE_CONTROL_MAX: usize = 64;
/// Buffers of frames that have left, kept for the next ones: what a turn uses when no socket is full. Together at most a megabyte.
pub const SPARE_FRAMES_MAX: usize = 16;

/// The pause between two attempts to connect.
pub const CONNECT_INTERVAL: Duration = Duration::from_millis(100);
/// How often a port that is connected looks whether its partner still is, where nobody will tell it.
pub const LOOK_INTERVAL: Duration = Duration::from_millis(100);
/// While it waits for its partner, a port looks after so many attempts whether its own socket file is still there.
pub const OWN_PATH_CHECK_ATTEMPTS: u32 = 10;
