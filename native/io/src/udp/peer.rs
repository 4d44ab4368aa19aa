use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A sender at a socket, with the local address that it is answered from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UdpPeer {
    /// The sender's address. At an IPv6 socket, an IPv4 sender has a mapped address.
    pub address: SocketAddr,
    /// The local address that the sender has sent to. None: the socket has only one, or the system chooses it.
    pub local: Option<LocalAddress>,
}

impl UdpPeer {
    /// Whether both are the two ends of one path. A local address that is not known may be any.
    pub fn is_same_path(&self, other: &Self) -> bool {
        self.address == other.address && (self.local == other.local || self.local.is_none() || other.local.is_none())
    }
}

impl From<SocketAddr> for UdpPeer {
    fn from(address: SocketAddr) -> Self {
        Self { address, local: None }
    }
}

/// An address of this machine, as ip(7) and ipv6(7) have it. It is of the socket's family, so an IPv4 address may be mapped.
///
/// Its text names the interface of a link-local address by the number: `fe80::1%2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LocalAddress {
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

impl From<SocketAddr> for LocalAddress {
    /// Makes it of an address, whatever its port.
    fn from(address: SocketAddr) -> Self {
        let interface = match address {
            SocketAddr::V4(_) => 0,
            SocketAddr::V6(address) => address.scope_id(),
        };
        Self { ip: address.ip(), interface }
    }
}

impl fmt::Display for LocalAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.interface {
            0 => write!(out, "{}", self.ip),
            interface => write!(out, "{}%{interface}", self.ip),
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
            let told = LocalAddress::of_ipv6(&heard).unwrap().to_string();
            assert_eq!(told, if interface == 0 { text.to_owned() } else { format!("{text}%7") });
            assert_eq!(LocalAddress::from(format!("[{told}]:9").parse::<SocketAddr>().unwrap()).to_string(), told);
        }
        assert_eq!(LocalAddress::of_ipv6(&[0xff; 20]), None, "nothing comes from a multicast address");
    }
    #[test]
    fn a_local_address_that_is_not_known_may_be_any() {
        let at = |port, local: Option<&str>| UdpPeer {
            address: SocketAddr::from(([192, 0, 2, 1], port)),
            local: local.map(|local| SocketAddr::new(local.parse().unwrap(), 0).into()),
        };
        let peer = at(1, Some("192.0.2.7"));
        assert!(peer.is_same_path(&peer) && peer.is_same_path(&at(1, None)) && at(1, None).is_same_path(&peer));
        assert!(!peer.is_same_path(&at(1, Some("192.0.2.8"))) && !peer.is_same_path(&at(2, None)));
    }
}
