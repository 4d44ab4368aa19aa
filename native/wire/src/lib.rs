//! Pure cores for the packets of the data plane, which they read and edit in place.
//!
//! Nothing here does I/O, reads a clock or draws a random number: bytes, the time and seeds are arguments, and actions are results. Nothing is
//! allocated for a packet.

#![forbid(unsafe_code)]

mod bytes;
pub mod limits;
pub mod mesh;
pub mod pieces;
pub mod queue;
pub mod slot;
