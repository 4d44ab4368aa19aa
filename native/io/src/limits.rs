//! Every bound of this crate, with its reason.

// Limits that TypeScript has as well: native/declaration/limits says what they are.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/io/limits.rs"));

/// Datagrams that one system call gives. Joined ones count as one: more would only make the memory larger that is cold each time.
pub const RECEIVE_SLOTS: usize = 8;

/// Bytes that a slot holds: the largest UDP payload, and any FlorIO frame. The kernel cuts what is longer.
pub const RECEIVE_SLOT_SIZE: usize = 65_536;

/// Payloads in one system call: as many as the kernel takes (UDP_MAX_SEGMENTS). Their bytes are the nearer limit where they are large.
pub const BATCH_PAYLOADS_MAX: usize = 64;

/// Datagrams of a workload leave together up to this size: larger ones may not fit an Ethernet frame, and the kernel cuts none of a batch in two.
pub const JOINED_SIZE_MAX: usize = 1_452;

/// The kernel's buffers of a UDP socket, each way: a burst that comes while the thread does something else should not be lost. The
/// system may grant less.
pub const UDP_KERNEL_BUFFER_SIZE: i32 = 4 * 1024 * 1024;

/// Descriptors that one wait tells of; the next wait tells of the others.
pub const EVENTS_PER_TURN: usize = 64;

/// Times that a turn reads one socket, each `RECEIVE_SLOTS`: beyond it the others have their turn first.
pub const RECEIVES_PER_TURN: usize = 8;

/// Commands that wait for the data thread: whoever gives them is told when there are so many.
pub const COMMANDS_MAX: usize = 1_024;

/// Commands that one turn takes, so that packets do not wait for more.
pub const COMMANDS_PER_TURN: usize = 64;

/// Datagrams of a FlorIO partner that need not name their process: those that it had sent before it was asked for. After them it is taken for one
/// that cannot be seen.
pub const UNNAMED_DATAGRAMS_MAX: u8 = 8;

/// Silence of a workload's TCP connection after which the system asks whether it is still there.
pub const KEEP_ALIVE_SECONDS: i32 = 60;

/// Files of logs that a process makes in its life: a peer that begins ever new connections shall not fill a folder.
pub const LOG_FILES_MAX: u64 = 1_024;

/// Bytes of all these files together: a log that is forgotten shall not fill a disk.
pub const LOG_BYTES_MAX: u64 = 4_294_967_296;

/// Bytes of logs that wait for a slow disk.
pub const LOG_BYTES_WAITING_MAX: usize = 16_777_216;
