//! Pieces of a TUN device, cut into packets and joined of packets.

use florenetes_segments::{Fault, Joiner, Packets, cut};
use napi::bindgen_prelude::{Uint8ArraySlice, Uint32ArraySlice};
use napi_derive::napi;

use crate::values::writable;

/// Cuts pieces, and joins packets to pieces.
#[napi]
pub struct NativeSegments {
    joiner: Joiner,
    /// Room for lengths, or ends, on their way to JavaScript.
    numbers: Vec<u32>,
}

#[napi]
impl NativeSegments {
    /// Makes room for so many packets of a piece, or of a batch.
    #[napi(constructor, catch_unwind)]
    pub fn new(packets_max: u32) -> Self {
        Self { joiner: Joiner::default(), numbers: vec![0; packets_max as usize] }
    }

    /// Writes the packets of a piece into `out`, and their lengths with their lead into `lengths`, in four bytes each. Returns how many there
    /// are; -1: it is no piece; -2: there is not enough room.
    #[napi(catch_unwind)]
    pub fn cut(
        &mut self,
        piece: Uint8ArraySlice<'_>,
        lead: Uint8ArraySlice<'_>,
        out: Uint8ArraySlice<'_>,
        lengths: Uint8ArraySlice<'_>,
    ) -> i32 {
        match cut(&piece, &lead, writable(out), &mut self.numbers) {
            Ok(count) => {
                write_numbers(&self.numbers[..count], writable(lengths));
                count as i32
            }
            Err(Fault::Malformed) => -1,
            Err(Fault::Room) => -2,
        }
    }

    /// Writes pieces of the first `count` packets into `out`, and where each ends into `ends`, in four bytes each. Returns how many there are.
    #[napi(catch_unwind)]
    pub fn join(
        &mut self,
        bytes: Uint8ArraySlice<'_>,
        lengths: Uint32ArraySlice<'_>,
        count: u32,
        out: Uint8ArraySlice<'_>,
        ends: Uint8ArraySlice<'_>,
    ) -> u32 {
        let lengths = lengths.get(..count as usize).unwrap_or(&lengths);
        let pieces = self.joiner.join(Packets { bytes: &bytes, lengths }, writable(out), &mut self.numbers);
        write_numbers(&self.numbers[..pieces], writable(ends));
        pieces as u32
    }
}

/// Writes numbers as a `Uint32Array` has them. Those that have no room are left out.
fn write_numbers(numbers: &[u32], out: &mut [u8]) {
    for (place, number) in out.as_chunks_mut().0.iter_mut().zip(numbers) {
        *place = number.to_ne_bytes();
    }
}
