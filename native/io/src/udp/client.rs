use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A sender at a socket, with the local address that it is answered from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UdpClient {
    /// The client's address. At an IPv6 socket, an IPv4 client has a mapped address.
    pub address: SocketAddr,
    /// The local address that the client has sent to. None: the socket has only one.
    pub(crate) local: Option<LocalAddress>,
}

impl From<SocketAddr> for UdpClient {
    fn from(address: SocketAddr) -> Self {
        Self { address, local: None }
    }
}

/// An address of this machine, as ip(7) and ipv6(7) have it. It is of the socket's family, so an IPv4 address may be mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct LocalAddress {
    ip: IpAddr,
    /// The interface of a link-local address; 0 for other addresses.
    interface: u32,
}

impl LocalAddress {
    /// Reads the `in_pktinfo` of a received datagram. Its local address is the one to answer from, even where the datagram was sent to a broadcast
    /// address.
    pub(crate) fn of_ipv4([_, _, _, _, a, b, c, d, ..]: &[u8; 12]) -> Self {
        Self { ip: Ipv4Addr::new(*a, *b, *c, *d).into(), interface: 0 }
    }

    /// Reads the `in6_pktinfo` of a received datagram. None: it was sent to a multicast address, which cannot be a source.
    pub(crate) fn of_ipv6(info: &[u8; 20]) -> Option<Self> {
        let (octets, index) = info.split_first_chunk::<16>()?;
        let ip = Ipv6Addr::from(*octets);
        let interface = if ip.is_unicast_link_local() { u32::from_ne_bytes(*index.first_chunk()?) } else { 0 };
        (!ip.is_multicast()).then_some(Self { ip: ip.into(), interface })
    }

    /// The control message that makes this the source address of a datagram: level, kind, value, and the value's length.
    pub(crate) fn to_message(self) -> (libc::c_int, libc::c_int, [u8; 20], usize) {
        let mut info = [0; 20];
        match self.ip {
            IpAddr::V4(ip) => {
                info[4..8].copy_from_slice(&ip.octets());
                (libc::IPPROTO_IP, libc::IP_PKTINFO, info, 12)
            }
            IpAddr::V6(ip) => {
                info[..16].copy_from_slice(&ip.octets());
                info[16..].copy_from_slice(&self.interface.to_ne_bytes());
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, info, 20)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_as_it_was_heard() {
        let ipv4 = LocalAddress::of_ipv4(&[9, 0, 0, 0, 127, 0, 0, 2, 127, 255, 255, 255]);
        let (level, kind, info, size) = ipv4.to_message();
        assert_eq!((level, kind), (libc::IPPROTO_IP, libc::IP_PKTINFO));
        assert_eq!(info[..size], [0, 0, 0, 0, 127, 0, 0, 2, 0, 0, 0, 0]);
        for (text, interface) in [("2001:db8::1", 0), ("fe80::1", 7), ("::ffff:127.0.0.2", 0)] {
            let mut heard = [0; 20];
            heard[..16].copy_from_slice(&text.parse::<Ipv6Addr>().unwrap().octets());
            heard[16..].copy_from_slice(&7_u32.to_ne_bytes());
            let (level, kind, info, size) = LocalAddress::of_ipv6(&heard).unwrap().to_message();
            assert_eq!((level, kind, size), (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, 20));
            heard[16..].copy_from_slice(&u32::to_ne_bytes(interface));
            assert_eq!(info, heard, "{text}");
        }
        assert_eq!(LocalAddress::of_ipv6(&[0xff; 20]), None, "nothing comes from a multicast address");
    }
}
