//! Control messages (cmsg(3)): segment size, ECN and local address for UDP sockets, the sender's process for Unix sockets.

use crate::ecn::Ecn;
use crate::udp::LocalAddress;

const HEADER_SIZE: usize = size_of::<libc::cmsghdr>();
const LENGTH_SIZE: usize = size_of::<usize>();
/// The alignment of each message.
const ALIGNMENT: usize = size_of::<usize>();

/// Room for the control messages of one datagram or batch.
#[derive(Clone)]
pub(crate) struct ControlBuffer {
    bytes: Aligned,
    length: u8,
}

/// Aligned, as the kernel writes numbers at their own alignment.
#[derive(Clone)]
#[repr(align(8))]
struct Aligned([u8; ControlBuffer::CAPACITY]);

impl Default for ControlBuffer {
    fn default() -> Self {
        Self { bytes: Aligned([0; Self::CAPACITY]), length: 0 }
    }
}

impl ControlBuffer {
    /// Bytes of the message that names the sender's process. They leave no room for passed descriptors.
    pub(crate) const PROCESS_SIZE: usize = HEADER_SIZE + size_of::<libc::ucred>().next_multiple_of(ALIGNMENT);
    /// Room for a segment size, an ECN mark and a local address, which is all that we ask for or send.
    pub(crate) const CAPACITY: usize =
        2 * (HEADER_SIZE + ALIGNMENT) + HEADER_SIZE + size_of::<libc::in6_pktinfo>().next_multiple_of(ALIGNMENT);

    /// The messages that tell the kernel how to cut and mark a batch. A `segment` of 0: the batch is one datagram.
    pub(crate) fn for_sending(segment: u16, ecn: Ecn, is_ipv6_peer: bool) -> Self {
        let mut control = Self::default();
        if segment > 0 {
            control.push(libc::SOL_UDP, libc::UDP_SEGMENT, &segment.to_ne_bytes());
        }
        if ecn != Ecn::NotCapable {
            let (level, kind) =
                if is_ipv6_peer { (libc::IPPROTO_IPV6, libc::IPV6_TCLASS) } else { (libc::IPPROTO_IP, libc::IP_TOS) };
            control.push(level, kind, &i32::from(ecn as u8).to_ne_bytes());
        }
        control
    }

    /// Adds the source address of a batch.
    pub(crate) fn push_local(&mut self, local: LocalAddress) {
        let (level, kind, value, size) = local.to_message();
        self.push(level, kind, &value[..size]);
    }

    fn push(&mut self, level: libc::c_int, kind: libc::c_int, value: &[u8]) {
        let at = usize::from(self.length);
        let message = &mut self.bytes.0[at..];
        message[..LENGTH_SIZE].copy_from_slice(&(HEADER_SIZE + value.len()).to_ne_bytes());
        message[LENGTH_SIZE..][..4].copy_from_slice(&level.to_ne_bytes());
        message[LENGTH_SIZE + 4..][..4].copy_from_slice(&kind.to_ne_bytes());
        message[HEADER_SIZE..][..value.len()].copy_from_slice(value);
        self.length += (HEADER_SIZE + value.len().next_multiple_of(ALIGNMENT)) as u8;
    }

    /// The size of joined datagrams, 0 where none were joined, and the ECN mark of all of them.
    pub(crate) fn segment_and_ecn(&self) -> (usize, Ecn) {
        let (mut segment, mut ecn) = (0, Ecn::NotCapable);
        let mut rest = self.as_bytes();
        while let Some((level, kind, value, after)) = next_message(rest) {
            match (level, kind, value) {
                (libc::SOL_UDP, libc::UDP_GRO, [a, b, c, d]) => {
                    segment = usize::try_from(i32::from_ne_bytes([*a, *b, *c, *d])).unwrap_or(0);
                }
                (libc::IPPROTO_IP, libc::IP_TOS, [tos, ..]) => ecn = Ecn::of_octet(*tos),
                (libc::IPPROTO_IPV6, libc::IPV6_TCLASS, [a, b, c, d]) => {
                    ecn = Ecn::of_octet(i32::from_ne_bytes([*a, *b, *c, *d]) as u8);
                }
                _ => {}
            }
            rest = after;
        }
        (segment, ecn)
    }

    /// The local address that a received datagram was sent to.
    pub(crate) fn local(&self) -> Option<LocalAddress> {
        let mut rest = self.as_bytes();
        while let Some((level, kind, value, after)) = next_message(rest) {
            match (level, kind) {
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => return value.first_chunk().map(LocalAddress::of_ipv4),
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => return value.first_chunk().and_then(LocalAddress::of_ipv6),
                _ => rest = after,
            }
        }
        None
    }

    /// The process that sent a received datagram; 0: the kernel does not know it, or it is invisible to us.
    pub(crate) fn process(&self) -> libc::pid_t {
        match next_message(self.as_bytes()) {
            Some((libc::SOL_SOCKET, libc::SCM_CREDENTIALS, [a, b, c, d, ..], _)) => {
                libc::pid_t::from_ne_bytes([*a, *b, *c, *d])
            }
            _ => 0,
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes.0[..self.length.into()]
    }

    /// The room that a system call writes to; the caller then tells `set_length` how much it has written.
    pub(crate) fn buffer(&mut self) -> &mut [u8] {
        &mut self.bytes.0
    }

    pub(crate) fn set_length(&mut self, length: usize) {
        self.length = length.min(Self::CAPACITY) as u8;
    }
}

/// The first message's level, kind and value, and what follows it.
fn next_message(bytes: &[u8]) -> Option<(libc::c_int, libc::c_int, &[u8], &[u8])> {
    let number = |at: usize| Some(libc::c_int::from_ne_bytes(*bytes.get(at..)?.first_chunk()?));
    let length = usize::from_ne_bytes(*bytes.first_chunk()?);
    let value = bytes.get(HEADER_SIZE..length)?;
    let after = bytes.get(length.next_multiple_of(ALIGNMENT)..).unwrap_or_default();
    Some((number(LENGTH_SIZE)?, number(LENGTH_SIZE + 4)?, value, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_be_said_is_written_as_cmsg_has_it() {
        let both = ControlBuffer::for_sending(1_200, Ecn::Capable0, false);
        let messages: Vec<_> = std::iter::successors(next_message(both.as_bytes()), |(.., rest)| next_message(rest))
            .map(|(level, kind, value, _)| (level, kind, value.to_vec()))
            .collect();
        assert_eq!(
            messages,
            [
                (libc::SOL_UDP, libc::UDP_SEGMENT, 1_200_u16.to_ne_bytes().to_vec()),
                (libc::IPPROTO_IP, libc::IP_TOS, 2_i32.to_ne_bytes().to_vec()),
            ]
        );
        assert!(ControlBuffer::for_sending(0, Ecn::NotCapable, true).as_bytes().is_empty());
    }

    #[test]
    fn what_came_is_read_whatever_stands_beside_it() {
        let mut control = ControlBuffer::default();
        control.push(libc::SOL_SOCKET, libc::SCM_TIMESTAMP, &[7; 8]);
        control.push(libc::IPPROTO_IPV6, libc::IPV6_TCLASS, &0xb3_i32.to_ne_bytes());
        control.push(libc::SOL_UDP, libc::UDP_GRO, &1_400_i32.to_ne_bytes());
        assert_eq!(control.segment_and_ecn(), (1_400, Ecn::CongestionExperienced));
        control.set_length(0);
        assert_eq!(control.segment_and_ecn(), (0, Ecn::NotCapable));
    }

    #[test]
    fn the_process_is_the_first_of_its_credentials() {
        let mut control = ControlBuffer::default();
        assert_eq!(control.process(), 0, "there are none");
        control.push(libc::SOL_SOCKET, libc::SCM_CREDENTIALS, &[7_i32, 0, 0].map(i32::to_ne_bytes).concat());
        assert_eq!((control.process(), control.as_bytes().len()), (7, ControlBuffer::PROCESS_SIZE));
        let mut rights = ControlBuffer::default();
        rights.push(libc::SOL_SOCKET, libc::SCM_RIGHTS, &7_i32.to_ne_bytes());
        assert_eq!(rights.process(), 0);
    }

    #[test]
    fn messages_that_do_not_add_up_end_the_reading() {
        let mut control = ControlBuffer::default();
        control.push(libc::IPPROTO_IP, libc::IP_TOS, &[1]);
        for length in [0_usize, 1, HEADER_SIZE - 1, 1_000, usize::MAX] {
            control.bytes.0[..LENGTH_SIZE].copy_from_slice(&length.to_ne_bytes());
            assert_eq!(control.segment_and_ecn(), (0, Ecn::NotCapable), "{length}");
        }
    }
}
