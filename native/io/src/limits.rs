//! Every bound of this crate, with its reason.

// Limits that TypeScript has as well are declared in native/declaration/limits.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/io/limits.rs"));

/// Slots for datagrams in one receive call; joined datagrams share a slot. More slots would only use more memory that is not in the cache.
pub const RECEIVE_SLOTS: usize = 8;

/// Bytes of a slot, enough for the largest UDP payload and any FlorIO frame. The kernel cuts longer datagrams.
pub const RECEIVE_SLOT_SIZE: usize = 65_536;

/// Payloads in one send call: as many as the kernel takes (UDP_MAX_SEGMENTS). For large payloads `BATCH_BYTES_MAX` is the nearer limit.
pub const BATCH_PAYLOADS_MAX: usize = 64;

/// The largest datagrams of a workload that leave in batches. Larger ones may not fit an Ethernet frame, and the kernel does not fragment the
/// datagrams of a batch.
pub const JOINED_SIZE_MAX: usize = 1_452;

/// Bytes of the kernel's buffer of a UDP socket, each way. Large buffers keep a burst while the thread does something else. The system may grant
/// less.
pub const UDP_KERNEL_BUFFER_SIZE: i32 = 4 * 1024 * 1024;

/// Ready descriptors that one wait returns; the next wait returns the others.
pub const EVENTS_PER_TURN: usize = 64;

/// Receive calls on one socket in a turn, of `RECEIVE_SLOTS` each. Then other sockets have their turn first.
pub const RECEIVES_PER_TURN: usize = 8;

/// Commands that may wait for the data thread. Further ones are refused.
pub const COMMANDS_MAX: usize = 1_024;

/// Commands that a turn takes, so that packets do not wait for further ones.
pub const COMMANDS_PER_TURN: usize = 64;

/// Datagrams of a FlorIO partner that may lack the name of their process, since they were sent before it was asked for. After them the process counts
/// as invisible.
pub const UNNAMED_DATAGRAMS_MAX: u8 = 8;

/// Silence of a workload's TCP connection after which the system probes it.
pub const KEEP_ALIVE_SECONDS: i32 = 60;

/// Log files that a process makes in its life, so that a peer that opens ever more connections does not fill a folder.
pub const LOG_FILES_MAX: u64 = 1_024;

/// Bytes of all log files together, so that a forgotten log does not fill a disk.
pub const LOG_BYTES_MAX: u64 = 4_294_967_296;

/// Bytes of logs that may wait for a slow disk.
pub const LOG_BYTES_WAITING_MAX: usize = 16_777_216;
