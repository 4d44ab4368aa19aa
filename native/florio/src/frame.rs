//! Frames: one datagram of the local socket is one frame (docs/protocol/florio.md, *Frames*). A frame is checked once, so that what reads it need not.

use crate::limits::{
    FRAME_HEADER_SIZE, FRAME_SIZE_MAX, FRAME_VERSION, MESSAGE_SIZE_MAX, PACKET_LENGTH_SIZE, PACKET_SIZE_MAX,
};
use std::ops::Range;

const TYPE_DATA: u8 = 1;
const TYPE_CONTROL: u8 = 2;
const OFFSET_SOURCE: usize = 2;
const OFFSET_HANDLE: usize = 4;

/// The kind of a received datagram. All but `Data` and `Control` are dropped, and counted by what was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Short, too long, empty, lengths that do not add up, or DATA for no link.
    Malformed,
    /// Made by this other version of the protocol: nothing more is known of it.
    Version(u8),
    /// A type that this version does not have.
    Type,
    /// Packets of one link.
    Data {
        /// The link, 1 to 2^32 - 1.
        handle: u32,
        /// How many, 1 or more.
        packets: usize,
    },
    /// A Portal API message.
    Control,
}

/// Checks a datagram.
#[must_use]
pub fn check(frame: &[u8]) -> Verdict {
    match frame.first() {
        None => return Verdict::Malformed,
        Some(&FRAME_VERSION) => {}
        Some(&version) => return Verdict::Version(version),
    }
    if frame.len() <= FRAME_HEADER_SIZE || frame.len() > FRAME_SIZE_MAX {
        return Verdict::Malformed;
    }
    match frame[1] {
        TYPE_CONTROL => Verdict::Control,
        TYPE_DATA => match (handle(frame), count(&frame[FRAME_HEADER_SIZE..])) {
            (0, _) | (_, None) => Verdict::Malformed,
            (handle, Some(packets)) => Verdict::Data { handle, packets },
        },
        _ => Verdict::Type,
    }
}

/// How many packets stand in the body of a DATA frame. None: their lengths do not add up.
fn count(mut body: &[u8]) -> Option<usize> {
    let mut packets = 0;
    while let Some((length, rest)) = body.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*length));
        if length == 0 {
            return None;
        }
        body = rest.get(length..)?;
        packets += 1;
    }
    body.is_empty().then_some(packets)
}

fn handle(frame: &[u8]) -> u32 {
    u32::from_be_bytes([frame[4], frame[5], frame[6], frame[7]])
}

/// The address of a DATA frame: where it goes, and where its packets came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The link, 1 to 2^32 - 1.
    pub handle: u32,
    /// Told by a cluster vertex: frames with one source have packets of one in-link. 0: they are its own, or nothing is said.
    pub source: u16,
}

impl From<u32> for Address {
    fn from(handle: u32) -> Self {
        Self { handle, source: 0 }
    }
}

/// A checked DATA frame.
#[derive(Debug, PartialEq, Eq)]
pub struct DataFrame<'a> {
    /// The link that its packets came from, 1 to 2^32 - 1.
    pub handle: u32,
    /// How many packets it holds, 1 or more.
    pub packets: usize,
    pub(crate) bytes: &'a mut [u8],
}

impl<'a> DataFrame<'a> {
    /// A frame that was checked when it came, and has so many packets.
    #[must_use]
    pub fn of_checked(bytes: &'a mut [u8], packets: usize) -> Self {
        Self { handle: handle(bytes), packets, bytes }
    }

    /// See [`Address::source`].
    #[must_use]
    pub fn source(&self) -> u16 {
        u16::from_be_bytes([self.bytes[OFFSET_SOURCE], self.bytes[OFFSET_SOURCE + 1]])
    }

    /// The packets, to be edited where they lie.
    pub fn packets_mut(&mut self) -> impl Iterator<Item = &mut [u8]> {
        packets_mut(self.bytes)
    }

    /// The whole frame, in which `packet_at` finds the packets: two bytes or more stand before each.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        self.bytes
    }
}

/// Gives a DATA frame another address, in place.
pub(crate) fn readdress(frame: &mut [u8], Address { handle, source }: Address) {
    frame[OFFSET_SOURCE..OFFSET_HANDLE].copy_from_slice(&source.to_be_bytes());
    frame[OFFSET_HANDLE..FRAME_HEADER_SIZE].copy_from_slice(&handle.to_be_bytes());
}

/// The packets of a checked DATA frame, to be edited where they lie.
pub fn packets_mut(frame: &mut [u8]) -> impl Iterator<Item = &mut [u8]> {
    let mut rest = frame.get_mut(FRAME_HEADER_SIZE..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, after) = std::mem::take(&mut rest).split_first_chunk_mut()?;
        let (packet, after) = after.split_at_mut_checked(u16::from_be_bytes(*length).into())?;
        rest = after;
        Some(packet)
    })
}

/// Tells where the packet of a DATA frame lies whose length stands at `at`; `None`: there is none. It is for who edits packets and then
/// may go back to those before.
///
/// ```
/// # use florenetes_florio::{frame::packet_at, limits::FRAME_HEADER_SIZE};
/// # let frame = [1, 1, 0, 0, 0, 0, 0, 9, 0, 1, 0x41, 0, 2, 0x42, 0x43];
/// let mut at = FRAME_HEADER_SIZE;
/// while let Some(packet) = packet_at(&frame, at) {
///     at = packet.end;
/// }
/// # assert_eq!(at, frame.len());
/// ```
#[must_use]
pub fn packet_at(frame: &[u8], at: usize) -> Option<Range<usize>> {
    let length = frame.get(at..)?.first_chunk()?;
    let start = at + PACKET_LENGTH_SIZE;
    let end = start + usize::from(u16::from_be_bytes(*length));
    (end <= frame.len()).then_some(start..end)
}

/// The Portal API message of a checked CONTROL frame.
#[must_use]
pub fn message(frame: &[u8]) -> &[u8] {
    &frame[FRAME_HEADER_SIZE..]
}

/// Whether a DATA frame can hold a packet of that size at all.
#[must_use]
pub fn is_packet_size(size: usize) -> bool {
    (1..=PACKET_SIZE_MAX).contains(&size)
}

/// Writes a CONTROL frame over what `out` holds.
///
/// # Panics
///
/// When the message has not 1 to `MESSAGE_SIZE_MAX` bytes.
pub fn write_control(out: &mut Vec<u8>, message: &[u8]) {
    assert!((1..=MESSAGE_SIZE_MAX).contains(&message.len()), "a message fits into a frame");
    out.clear();
    begin(out, TYPE_CONTROL, 0.into());
    out.extend_from_slice(message);
}

/// Writes the beginning of a DATA frame over what `out` holds; `append_packet` goes on.
pub fn begin_data(out: &mut Vec<u8>, to: impl Into<Address>) {
    out.clear();
    begin(out, TYPE_DATA, to.into());
}

fn begin(out: &mut Vec<u8>, kind: u8, Address { handle, source }: Address) {
    out.extend_from_slice(&[FRAME_VERSION, kind]);
    out.extend_from_slice(&source.to_be_bytes());
    out.extend_from_slice(&handle.to_be_bytes());
}

/// Whether a DATA frame has room for another packet of that size.
#[must_use]
pub fn has_room(frame: &[u8], size: usize) -> bool {
    frame.len() + PACKET_LENGTH_SIZE + size <= FRAME_SIZE_MAX
}

/// Adds a packet to a DATA frame, which has room for it.
pub fn append_packet(frame: &mut Vec<u8>, packet: &[u8]) {
    debug_assert!(is_packet_size(packet.len()) && has_room(frame, packet.len()), "the caller has looked");
    frame.extend_from_slice(&(packet.len() as u16).to_be_bytes());
    frame.extend_from_slice(packet);
}
