//! `struct virtio_net_hdr` (Linux: include/uapi/linux/virtio_net.h), which stands before each piece of a device with `IFF_VNET_HDR`.

/// Bytes of the header, in the machine's order of bytes.
pub const HEADER_SIZE: usize = 10;

const NEEDS_CHECKSUM: u8 = 1;
const TCP4: u8 = 1;
const TCP6: u8 = 4;

/// The kind of a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A single packet.
    Packet,
    /// Segments of TCP over IPv4, or over IPv6.
    Tcp { version: u8 },
    /// Something that was not asked for.
    Other,
}

/// The header of a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct VnetHeader {
    flags: u8,
    kind: u8,
    headers_size: u16,
    segment_size: u16,
    checksum_start: u16,
    checksum_offset: u16,
}

impl VnetHeader {
    /// The header of a packet as it is.
    pub const PLAIN: Self =
        Self { flags: 0, kind: 0, headers_size: 0, segment_size: 0, checksum_start: 0, checksum_offset: 0 };

    /// The header of segments of TCP, whose checksums the kernel writes.
    pub(crate) fn tcp(version: u8, ip_size: u16, headers_size: u16, segment_size: u16) -> Self {
        let kind = if version == 4 { TCP4 } else { TCP6 };
        let checksum_offset = 16;
        Self { flags: NEEDS_CHECKSUM, kind, headers_size, segment_size, checksum_start: ip_size, checksum_offset }
    }

    /// Reads the header before a piece.
    pub(crate) fn read(bytes: &[u8; HEADER_SIZE]) -> Self {
        let [flags, kind, rest @ ..] = *bytes;
        let at = |index: usize| u16::from_ne_bytes([rest[2 * index], rest[2 * index + 1]]);
        Self { flags, kind, headers_size: at(0), segment_size: at(1), checksum_start: at(2), checksum_offset: at(3) }
    }

    /// Writes the header.
    pub(crate) fn to_bytes(self) -> [u8; HEADER_SIZE] {
        let mut bytes = [0; HEADER_SIZE];
        (bytes[0], bytes[1]) = (self.flags, self.kind);
        let fields = [self.headers_size, self.segment_size, self.checksum_start, self.checksum_offset];
        for (place, field) in bytes[2..].as_chunks_mut().0.iter_mut().zip(fields) {
            *place = field.to_ne_bytes();
        }
        bytes
    }

    pub(crate) fn kind(self) -> Kind {
        match self.kind {
            0 => Kind::Packet,
            TCP4 => Kind::Tcp { version: 4 },
            TCP6 => Kind::Tcp { version: 6 },
            _ => Kind::Other,
        }
    }

    /// Bytes that a segment has behind its headers, but the last one, which may have fewer.
    pub(crate) fn segment_size(self) -> usize {
        self.segment_size.into()
    }

    /// The place from which a checksum is to be made, and the place that it goes to. None: it is made already.
    pub(crate) fn checksum(self) -> Option<(usize, usize)> {
        let start = usize::from(self.checksum_start);
        (self.flags & NEEDS_CHECKSUM != 0).then_some((start, start + usize::from(self.checksum_offset)))
    }
}
