//! Packets on their way, and all that is done with them: pure cores, which read and edit them where they lie.
//!
//! Nothing here does I/O, reads a clock or draws a random number: bytes, the time and seeds are handed in, and what is to be
//! done comes out. Nothing is allocated for a packet.

#![forbid(unsafe_code)]

mod bytes;
pub mod limits;
pub mod mesh;
pub mod pieces;
pub mod queue;
pub mod slot;
