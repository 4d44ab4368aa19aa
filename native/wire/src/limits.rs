//! Constants of the protocols, and bounds of this implementation.

// Limits that TypeScript has as well are declared in native/declaration/limits.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/wire/limits.rs"));

/// Links that a label table may name: their slots are below this. Lists of links have room for all slots below the highest one.
pub const LINKS_MAX: usize = 65_536;
/// Permitted pairs of links for adjacency labels, one for each direction: enough for all pairs of 1,000 links.
pub const TRANSIT_MAX: usize = 1_048_576;
