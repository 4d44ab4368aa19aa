//! The headers of TCP over IP that are cut and joined: IPv4 without options, IPv6 without extension headers.

use crate::checksum::{fold, sum};

pub(crate) const IPV4_SIZE: usize = 20;
pub(crate) const IPV6_SIZE: usize = 40;
pub(crate) const TCP_SIZE: usize = 20;
const TCP: u8 = 6;

/// Flags of TCP, in the byte at 13 (RFC 9293, 3.1).
pub(crate) const FIN: u8 = 0x01;
pub(crate) const PUSH: u8 = 0x08;
pub(crate) const ACK: u8 = 0x10;
pub(crate) const CWR: u8 = 0x80;

/// The flags' place in the header of TCP.
pub(crate) const FLAGS_AT: usize = 13;
pub(crate) const SEQUENCE_AT: usize = 4;
pub(crate) const CHECKSUM_AT: usize = 16;

/// The places of the headers of TCP in a packet, all within it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TcpPlaces {
    pub(crate) version: u8,
    /// Bytes of the IP header.
    pub(crate) ip_size: usize,
    /// Bytes of both headers.
    pub(crate) headers_size: usize,
}

impl TcpPlaces {
    /// Finds the headers. None: it is no such packet, or it is cut, or its header says another length than it has.
    pub(crate) fn of(packet: &[u8]) -> Option<Self> {
        let version = packet.first()? >> 4;
        let ip_size = match version {
            4 => IPV4_SIZE,
            6 => IPV6_SIZE,
            _ => return None,
        };
        let (ip, tcp) = packet.split_at_checked(ip_size)?;
        let (protocol, length) = match version {
            4 => (ip[9], usize::from(be16(ip, 2))),
            _ => (ip[6], IPV6_SIZE + usize::from(be16(ip, 4))),
        };
        let is_plain = version == 6 || ip[0] == 0x45 && be16(ip, 6) & 0x3fff == 0;
        if !is_plain || protocol != TCP || length != packet.len() {
            return None;
        }
        let tcp_size = usize::from(tcp.get(12)? >> 4) * 4;
        let is_there = (TCP_SIZE..=tcp.len()).contains(&tcp_size);
        is_there.then_some(Self { version, ip_size, headers_size: ip_size + tcp_size })
    }

    /// Both addresses.
    pub(crate) fn addresses(self, packet: &[u8]) -> &[u8] {
        let from = if self.version == 4 { 12 } else { 8 };
        &packet[from..self.ip_size]
    }

    /// The sum of the pseudo-header (RFC 9293, 3.1; RFC 8200, 8.1) for so many bytes of TCP.
    pub(crate) fn pseudo_sum(self, packet: &[u8], tcp_length: usize) -> u64 {
        sum(self.addresses(packet)) + u64::from(TCP) + tcp_length as u64
    }

    /// Whether the checksums are right: of IPv4's header, and of TCP.
    pub(crate) fn are_checksums_right(self, packet: &[u8]) -> bool {
        let (ip, tcp) = packet.split_at(self.ip_size);
        let is_ip_right = self.version == 6 || fold(sum(ip)) == 0xffff;
        is_ip_right && fold(self.pseudo_sum(packet, tcp.len()) + sum(tcp)) == 0xffff
    }

    /// Writes the length of the whole packet into its IP header, and IPv4's checksum.
    pub(crate) fn set_length(self, packet: &mut [u8], length: usize) {
        if self.version == 6 {
            return set_be16(packet, 4, (length - IPV6_SIZE) as u16);
        }
        set_be16(packet, 2, length as u16);
        set_be16(packet, 10, 0);
        let checksum = !fold(sum(&packet[..IPV4_SIZE]));
        set_be16(packet, 10, checksum);
    }
}

pub(crate) fn be16(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

pub(crate) fn set_be16(bytes: &mut [u8], at: usize, value: u16) {
    bytes[at..at + 2].copy_from_slice(&value.to_be_bytes());
}

pub(crate) fn be32(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

pub(crate) fn set_be32(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
}
