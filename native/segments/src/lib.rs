//! Segments of TCP, as a TUN device with `IFF_VNET_HDR` hands them out and takes them: many packets of one connection in one piece of up to 64 KiB.
//!
//! ```text
//!   device ──▶ piece ──cut──▶ packets ──▶ … mesh … ──▶ packets ──join──▶ pieces ──▶ device
//! ```
//!
//! Nothing here does I/O or allocates for a packet. Pieces come from the kernel, and packets from anybody who may send some: no field is believed
//! before it was compared with the bytes that are there.

#![forbid(unsafe_code)]

mod checksum;
mod cut;
mod header;
mod ip;
mod join;

pub use cut::{Fault, cut};
pub use header::{HEADER_SIZE, VnetHeader};
pub use join::{Joiner, Packets};
