//! Numbers that FlorIO fixes, and bounds of a port.

// Limits that TypeScript has as well: native/declaration/limits says what they are.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/florio/limits.rs"));

/// Buffers of frames that have left, kept for the next ones: what a turn uses when no socket is full. Together at most a megabyte.
pub const SPARE_FRAMES_MAX: usize = 16;
