//! Segments of TCP with all checksums, and what comes of them.

use florenetes_segments::{Fault, HEADER_SIZE, Joiner, Packets, cut};

/// The sum of RFC 1071, word by word.
pub(crate) fn sum(bytes: &[u8], begin: u32) -> u16 {
    let words = bytes.chunks(2).map(|word| u32::from(word[0]) << 8 | u32::from(*word.get(1).unwrap_or(&0)));
    let mut sum = words.fold(begin, |sum, word| sum + word);
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    sum as u16
}

/// A segment of TCP, with all checksums.
pub(crate) struct Segment {
    pub(crate) version: u8,
    pub(crate) port: u16,
    pub(crate) sequence: u32,
    pub(crate) flags: u8,
    pub(crate) options: Vec<u8>,
    pub(crate) payload: Vec<u8>,
}

impl Segment {
    pub(crate) fn new(version: u8, sequence: u32, payload: Vec<u8>) -> Self {
        Self {
            version,
            port: 4_000,
            sequence,
            flags: 0x10,
            options: vec![1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2],
            payload,
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let tcp_length = 20 + self.options.len() + self.payload.len();
        let (mut packet, addresses) = match self.version {
            4 => {
                let mut ip = vec![0x45, 0, 0, 0, 0, 7, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
                ip[2..4].copy_from_slice(&((20 + tcp_length) as u16).to_be_bytes());
                let checksum = !sum(&ip, 0);
                ip[10..12].copy_from_slice(&checksum.to_be_bytes());
                (ip, 12)
            }
            _ => {
                let mut ip = vec![0x60, 0, 0, 9];
                ip.extend((tcp_length as u16).to_be_bytes());
                ip.extend([6, 64]);
                ip.extend([0xfd; 16]);
                ip.extend([0xfe; 16]);
                (ip, 8)
            }
        };
        let ip_size = packet.len();
        packet.extend(self.port.to_be_bytes());
        packet.extend(443_u16.to_be_bytes());
        packet.extend(self.sequence.to_be_bytes());
        packet.extend(77_u32.to_be_bytes());
        packet.extend([((20 + self.options.len()) as u8 / 4) << 4, self.flags, 1, 0, 0, 0, 0, 0]);
        packet.extend(&self.options);
        packet.extend(&self.payload);
        let pseudo = sum(&packet[addresses..ip_size], 6 + tcp_length as u32);
        let checksum = !sum(&packet[ip_size..], pseudo.into());
        packet[ip_size + 16..ip_size + 18].copy_from_slice(&checksum.to_be_bytes());
        packet
    }
}

/// A packet of TCP whose checksum is left to the device: the field has the sum of the pseudo-header.
pub(crate) fn left_to_device(mut packet: Vec<u8>, ip_size: usize) -> Vec<u8> {
    let addresses = if packet[0] >> 4 == 4 { 12..20 } else { 8..40 };
    let pseudo = sum(&packet[addresses], 6 + (packet.len() - ip_size) as u32);
    packet[ip_size + 16..ip_size + 18].copy_from_slice(&pseudo.to_be_bytes());
    packet
}

/// The pieces that packets are joined to.
pub(crate) fn join(packets: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let bytes = packets.concat();
    let lengths: Vec<u32> = packets.iter().map(|packet| packet.len() as u32).collect();
    let mut out = vec![0; bytes.len() + HEADER_SIZE * packets.len()];
    let mut ends = vec![0; packets.len()];
    let count = Joiner::default().join(Packets { bytes: &bytes, lengths: &lengths }, &mut out, &mut ends);
    let mut at = 0;
    ends[..count].iter().map(|end| out[std::mem::replace(&mut at, *end as usize)..*end as usize].to_vec()).collect()
}

/// The packets of a piece.
pub(crate) fn cut_piece(piece: &[u8]) -> Result<Vec<Vec<u8>>, Fault> {
    let (mut out, mut lengths) = (vec![0; 262_144], vec![0; 1_024]);
    let count = cut(piece, &[0], &mut out, &mut lengths)?;
    let mut at = 0;
    Ok(lengths[..count]
        .iter()
        .map(|length| {
            let packet = &out[at..at + *length as usize];
            at += *length as usize;
            assert_eq!(packet[0], 0);
            packet[1..].to_vec()
        })
        .collect())
}

/// The packet as it is behind its identification, which joining may change.
pub(crate) fn normal(mut packet: Vec<u8>) -> Vec<u8> {
    if packet[0] >> 4 == 4 {
        packet[4..6].fill(0);
        packet[10..12].fill(0);
    }
    packet
}

/// Segments of a connection that follow each other, over a number that goes around.
pub(crate) fn stream(version: u8, sizes: &[usize]) -> Vec<Vec<u8>> {
    let mut sequence = u32::MAX - 2_000;
    let segment = |size: &usize| {
        let payload = (0..*size).map(|at| (at * 7 + size) as u8).collect();
        let bytes = Segment::new(version, sequence, payload).bytes();
        sequence = sequence.wrapping_add(*size as u32);
        bytes
    };
    sizes.iter().map(segment).collect()
}

/// Makes the checksums of a packet right, as far as its headers are where those of `Segment` are.
pub(crate) fn repair(packet: &mut [u8], version: u8) {
    let (ip_size, addresses) = if version == 4 { (20, 12..20) } else { (40, 8..40) };
    if version == 4 {
        packet[10..12].fill(0);
        let checksum = !sum(&packet[..20], 0);
        packet[10..12].copy_from_slice(&checksum.to_be_bytes());
    }
    packet[ip_size + 16..ip_size + 18].fill(0);
    let pseudo = sum(&packet[addresses], 6 + (packet.len() - ip_size) as u32);
    let checksum = !sum(&packet[ip_size..], pseudo.into());
    packet[ip_size + 16..ip_size + 18].copy_from_slice(&checksum.to_be_bytes());
}
