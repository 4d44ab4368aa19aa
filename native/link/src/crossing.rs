//! Packets that only pass through: from the session that has received them to the one that sends them.

use std::ops::Range;
use std::time::Duration;

use florenetes_wire::mesh::{Passage, Transit};

/// Bytes before a packet that hold its length, as in a DATA frame.
const LENGTH_SIZE: usize = 2;

/// Packets of one session that were let through, one behind the other as in DATA frames: they leave when all of the session's packets are
/// read.
#[derive(Default)]
pub(crate) struct Crossed {
    pub(crate) bytes: Vec<u8>,
    /// The link that all of them came in on.
    pub(crate) in_link: Option<u32>,
    /// Packets that stand together and have one handle: the handle, and their place in `bytes`.
    pub(crate) runs: Vec<(u32, Range<usize>)>,
}

/// The way of a session's packets through transit.
pub(crate) struct Crossing<'a> {
    transit: &'a mut Transit,
    in_link: u32,
    crossed: &'a mut Crossed,
}

impl Crossed {
    /// The way for packets under a handle; `None`: there is none.
    pub(crate) fn from<'a>(&'a mut self, handle: u32, transit: &'a mut Transit) -> Option<Crossing<'a>> {
        let in_link = transit.link_of(handle)?;
        self.in_link = Some(in_link);
        Some(Crossing { transit, in_link, crossed: self })
    }
}

impl Crossing<'_> {
    /// Takes a packet if it only passes through. False: it is for the cluster vertex.
    pub(crate) fn take(&mut self, packet: &[u8], now: Duration) -> bool {
        let Crossed { bytes, runs, .. } = self.crossed;
        let start = bytes.len();
        // No packet of a session is longer than a length of two bytes says.
        bytes.extend_from_slice(&(packet.len() as u16).to_be_bytes());
        bytes.extend_from_slice(packet);
        let passage = self.transit.handle_packet(self.in_link, &mut bytes[start + LENGTH_SIZE..], now);
        let Passage::Out { handle } = passage else {
            bytes.truncate(start);
            return passage == Passage::Dropped;
        };
        match runs.last_mut() {
            Some((of_run, run)) if *of_run == handle => run.end = bytes.len(),
            _ => runs.push((handle, start..bytes.len())),
        }
        true
    }
}

/// How many packets lie there.
pub(crate) fn packets_in(mut bytes: &[u8]) -> u64 {
    let mut count = 0;
    while let Some((length, rest)) = bytes.split_first_chunk() {
        bytes = rest.get(usize::from(u16::from_be_bytes(*length))..).unwrap_or_default();
        count += 1;
    }
    count
}
