//! A QUIC connection without I/O: bytes and the time go in, bytes, events and a deadline come out.

#![forbid(unsafe_code)]

mod clock;

pub use clock::Clock;
