//! Pieces of a TUN device, cut into packets and joined of packets.

use florenetes_segments::{Fault, Joiner, Leads, Packets, cut};
use napi::bindgen_prelude::{Uint8ArraySlice, Uint32ArraySlice};
use napi_derive::napi;

use crate::values::writable;

/// Cuts pieces, and joins packets to pieces.
#[napi]
pub struct NativeSegments {
    joiner: Joiner,
    /// Stand before a packet, and before segments that share a datagram.
    leads: [Vec<u8>; 2],
    /// Room for lengths, or ends, on their way to JavaScript.
    numbers: Vec<u32>,
    /// Room for numbers of packets, likewise.
    counts: Vec<u32>,
}

#[napi]
impl NativeSegments {
    /// Makes room for so many packets of a piece, or of a batch. `packet` stands before each packet that is cut, and `shared` before the size of segments
    /// that share a datagram.
    #[napi(constructor, catch_unwind)]
    pub fn new(packets_max: u32, packet: Uint8ArraySlice<'_>, shared: Uint8ArraySlice<'_>) -> Self {
        let (numbers, counts) = (vec![0; packets_max as usize], vec![0; packets_max as usize]);
        Self { joiner: Joiner::default(), leads: [packet.to_vec(), shared.to_vec()], numbers, counts }
    }

    /// Writes the datagrams of a piece into `out`, their lengths with their leads into `lengths`, and the packets that each stands for into `counts`, in four
    /// bytes each. Segments share datagrams of at most `shared_max` bytes; 0: none does. Returns how many datagrams there are; -1: it is no piece; -2: there is
    /// not enough room.
    #[napi(catch_unwind)]
    pub fn cut(
        &mut self,
        piece: Uint8ArraySlice<'_>,
        shared_max: u32,
        out: Uint8ArraySlice<'_>,
        lengths: Uint8ArraySlice<'_>,
        counts: Uint8ArraySlice<'_>,
    ) -> i32 {
        let Self { leads: [packet, shared], numbers, counts: own, .. } = self;
        let leads = Leads { packet, shared, shared_max: shared_max as usize };
        match cut(&piece, leads, writable(out), (numbers, own)) {
            Ok(count) => {
                write_numbers(&self.numbers[..count], writable(lengths));
                write_numbers(&self.counts[..count], writable(counts));
                count as i32
            }
            Err(Fault::Malformed) => -1,
            Err(Fault::Room) => -2,
        }
    }

    /// Writes pieces of the first `count` packets into `out`, and where each ends into `ends`, in four bytes each. `segments` has for each the size of its
    /// segments, or 0 for a packet. Returns how many pieces there are.
    #[napi(catch_unwind)]
    pub fn join(
        &mut self,
        bytes: Uint8ArraySlice<'_>,
        lengths: Uint32ArraySlice<'_>,
        segments: Uint32ArraySlice<'_>,
        count: u32,
        out: Uint8ArraySlice<'_>,
        ends: Uint8ArraySlice<'_>,
    ) -> u32 {
        let lengths = lengths.get(..count as usize).unwrap_or(&lengths);
        let packets = Packets { bytes: &bytes, lengths, segments: &segments };
        let pieces = self.joiner.join(packets, writable(out), &mut self.numbers);
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
