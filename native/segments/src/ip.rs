//! The headers of TCP over IP. What is joined has IPv4 without options, or IPv6 without extension headers; what is cut may have both.

use crate::checksum::{fold, sum};

pub(crate) const IPV4_SIZE: usize = 20;
pub(crate) const IPV6_SIZE: usize = 40;
pub(crate) const TCP_SIZE: usize = 20;
const TCP: u8 = 6;
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const DESTINATION_OPTIONS: u8 = 60;

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
        Self::behind(packet, if version == 4 { IPV4_SIZE } else { IPV6_SIZE })
    }

    /// Finds the headers, of which those of IP have so many bytes, with all options and extensions. None: as `of`, or TCP begins elsewhere.
    pub(crate) fn behind(packet: &[u8], ip_size: usize) -> Option<Self> {
        let version = packet.first()? >> 4;
        let (ip, tcp) = packet.split_at_checked(ip_size)?;
        let (is_tcp, length) = match version {
            4 if ip_size >= IPV4_SIZE => (is_tcp_in_ipv4(ip), usize::from(be16(ip, 2))),
            6 if ip_size >= IPV6_SIZE => (is_tcp_in_ipv6(ip), IPV6_SIZE + usize::from(be16(ip, 4))),
            _ => return None,
        };
        if !is_tcp || length != packet.len() {
            return None;
        }
        let tcp_size = usize::from(tcp.get(12)? >> 4) * 4;
        let is_there = (TCP_SIZE..=tcp.len()).contains(&tcp_size);
        is_there.then_some(Self { version, ip_size, headers_size: ip_size + tcp_size })
    }

    /// Both addresses.
    pub(crate) fn addresses(self, packet: &[u8]) -> &[u8] {
        if self.version == 4 { &packet[12..IPV4_SIZE] } else { &packet[8..IPV6_SIZE] }
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
        let checksum = !fold(sum(&packet[..self.ip_size]));
        set_be16(packet, 10, checksum);
    }
}

/// Whether a header of IPv4 is that of a whole packet of TCP.
fn is_tcp_in_ipv4(ip: &[u8]) -> bool {
    usize::from(ip[0] & 0xf) * 4 == ip.len() && be16(ip, 6) & 0x3fff == 0 && ip[9] == TCP
}

/// Whether a header of IPv6 and its extension headers end where TCP begins (RFC 8200, 4). Fragments have no whole TCP.
fn is_tcp_in_ipv6(ip: &[u8]) -> bool {
    let (mut next, mut at) = (ip[6], IPV6_SIZE);
    while at < ip.len() {
        let Some([following, units]) = ip.get(at..at + 2) else { return false };
        if !matches!(next, HOP_BY_HOP | ROUTING | DESTINATION_OPTIONS) {
            return false;
        }
        at += (usize::from(*units) + 1) * 8;
        next = *following;
    }
    at == ip.len() && next == TCP
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
