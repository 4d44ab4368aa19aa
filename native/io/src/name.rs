//! Socket addresses as system calls take them: ip(7), ipv6(7), unix(7).

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

const FAMILY_SIZE: usize = 2;
const IPV4_SIZE: usize = 16;
const IPV6_SIZE: usize = 28;
/// Bytes of a path with its closing zero: the size of `sun_path`.
const PATH_CAPACITY: usize = 108;

/// A socket's address: the family in the machine's byte order, and then the family's own fields.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct SocketName {
    bytes: [u8; Self::CAPACITY],
    length: u8,
}

impl Default for SocketName {
    fn default() -> Self {
        Self { bytes: [0; Self::CAPACITY], length: 0 }
    }
}

impl SocketName {
    /// The size of `sockaddr_storage`.
    pub(crate) const CAPACITY: usize = 128;

    /// The name of an IP address and port for an IPv6 or IPv4 socket; an IPv4 address is mapped for IPv6. None: an IPv4 socket cannot reach an IPv6
    /// address.
    pub(crate) fn ip(address: SocketAddr, is_ipv6: bool) -> Option<Self> {
        match address {
            SocketAddr::V4(address) if is_ipv6 => {
                Some(Self::ipv6(SocketAddrV6::new(address.ip().to_ipv6_mapped(), address.port(), 0, 0)))
            }
            SocketAddr::V4(address) => Some(Self::ipv4(address)),
            SocketAddr::V6(address) if is_ipv6 => Some(Self::ipv6(address)),
            SocketAddr::V6(_) => None,
        }
    }

    fn ipv4(address: SocketAddrV4) -> Self {
        let mut name = Self::of_family(libc::AF_INET, IPV4_SIZE);
        name.bytes[2..4].copy_from_slice(&address.port().to_be_bytes());
        name.bytes[4..8].copy_from_slice(&address.ip().octets());
        name
    }

    fn ipv6(address: SocketAddrV6) -> Self {
        let mut name = Self::of_family(libc::AF_INET6, IPV6_SIZE);
        name.bytes[2..4].copy_from_slice(&address.port().to_be_bytes());
        name.bytes[8..24].copy_from_slice(&address.ip().octets());
        // A link-local address belongs to an interface.
        name.bytes[24..28].copy_from_slice(&address.scope_id().to_ne_bytes());
        name
    }

    /// The name of a Unix socket's path. None: the path is empty or too long, or contains a zero.
    pub(crate) fn path(path: &Path) -> Option<Self> {
        let path = path.as_os_str().as_bytes();
        if path.is_empty() || path.len() >= PATH_CAPACITY || path.contains(&0) {
            return None;
        }
        let mut name = Self::of_family(libc::AF_UNIX, FAMILY_SIZE + path.len() + 1);
        name.bytes[FAMILY_SIZE..][..path.len()].copy_from_slice(path);
        Some(name)
    }

    fn of_family(family: libc::c_int, length: usize) -> Self {
        let mut name = Self::default();
        name.bytes[..FAMILY_SIZE].copy_from_slice(&(family as u16).to_ne_bytes());
        name.set_length(length);
        name
    }

    /// The IP address and port. None: the name is of another family, or too short.
    pub(crate) fn to_ip(self) -> Option<SocketAddr> {
        let bytes = self.as_bytes();
        let port = || u16::from_be_bytes([bytes[2], bytes[3]]);
        match (self.family()?, bytes.len()) {
            (libc::AF_INET, IPV4_SIZE..) => {
                let octets: [u8; 4] = bytes[4..8].try_into().ok()?;
                Some(SocketAddrV4::new(Ipv4Addr::from(octets), port()).into())
            }
            (libc::AF_INET6, IPV6_SIZE..) => {
                let octets: [u8; 16] = bytes[8..24].try_into().ok()?;
                let scope = u32::from_ne_bytes(bytes[24..28].try_into().ok()?);
                Some(SocketAddrV6::new(Ipv6Addr::from(octets), port(), 0, scope).into())
            }
            _ => None,
        }
    }

    /// Whether the name is exactly that path. The kernel gives a bound path with its closing zero, an abstract name without one, and nothing for an
    /// unnamed sender.
    pub(crate) fn is_path(&self, path: &[u8]) -> bool {
        let bytes = self.as_bytes();
        self.family() == Some(libc::AF_UNIX)
            && bytes.len() > FAMILY_SIZE + path.len()
            && bytes[FAMILY_SIZE..][..path.len()] == *path
            && bytes[FAMILY_SIZE + path.len()] == 0
    }

    fn family(&self) -> Option<libc::c_int> {
        let family = self.as_bytes().first_chunk::<FAMILY_SIZE>()?;
        Some(u16::from_ne_bytes(*family).into())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length.into()]
    }

    /// The room that a system call writes a name to; the caller then tells `set_length` the length.
    pub(crate) fn buffer(&mut self) -> &mut [u8; Self::CAPACITY] {
        &mut self.bytes
    }

    /// Sets the length of the name. The kernel may report more than it has written.
    pub(crate) fn set_length(&mut self, length: usize) {
        self.length = length.min(Self::CAPACITY) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_back_as_they_went_in() {
        for text in ["192.0.2.1:4433", "0.0.0.0:0", "[2001:db8::1]:65535", "[fe80::1%7]:1"] {
            let address: SocketAddr = text.parse().unwrap();
            let name = SocketName::ip(address, address.is_ipv6()).unwrap();
            assert_eq!(name.to_ip(), Some(address), "{text}");
        }
    }

    #[test]
    fn ipv4_is_mapped_for_a_socket_of_ipv6_and_ipv6_is_none_of_ipv4() {
        let ipv4: SocketAddr = "192.0.2.1:5".parse().unwrap();
        let ipv6: SocketAddr = "[::1]:5".parse().unwrap();
        assert_eq!(SocketName::ip(ipv4, true).unwrap().to_ip(), Some("[::ffff:192.0.2.1]:5".parse().unwrap()));
        assert!(SocketName::ip(ipv6, false).is_none());
    }

    #[test]
    fn a_path_is_known_letter_by_letter() {
        let path = b"/run/a.sock";
        let mut name = SocketName::of_family(libc::AF_UNIX, FAMILY_SIZE + path.len() + 1);
        name.bytes[FAMILY_SIZE..][..path.len()].copy_from_slice(path);
        assert!(name.is_path(path));
        for other in [&b"/run/a.soc"[..], b"/run/a.sock2", b"/run/b.sock", b""] {
            assert!(!name.is_path(other), "{other:?}");
        }
        assert!(!SocketName::default().is_path(b""), "a sender without a name");
    }

    #[test]
    fn names_that_are_cut_short_are_no_address() {
        let mut name = SocketName::ip("192.0.2.1:5".parse().unwrap(), false).unwrap();
        for length in 0..IPV4_SIZE {
            name.set_length(length);
            assert_eq!(name.to_ip(), None, "{length}");
        }
        name.set_length(1_000);
        assert_eq!(name.as_bytes().len(), SocketName::CAPACITY);
    }
}
