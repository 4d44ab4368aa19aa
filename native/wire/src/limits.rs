//! Numbers that the protocols fix, and bounds of this implementation.

// Limits that TypeScript has as well: native/declaration/limits says what they are.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/wire/limits.rs"));

/// Links that a label table may name: their slots are below this, and what is kept for each is kept for all slots below it, too.
pub const LINKS_MAX: usize = 65_536;
/// Pairs of links, each direction by itself, that packets may pass through by adjacency labels: all of 1,000 links.
pub const TRANSIT_MAX: usize = 1_048_576;
