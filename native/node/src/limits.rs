//! Limits that TypeScript has as well: native/declaration/limits says what they are.

include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/node/limits.rs"));
