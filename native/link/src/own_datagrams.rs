use std::collections::VecDeque;

use florenetes_io::Ecn;
use florenetes_io::limits::UDP_PAYLOAD_MAX;
use florenetes_io::udp::{UdpPeer, UdpSocket};

use crate::limits::OWN_DATAGRAMS_MAX;

/// Datagrams that leave one by one: the owner's, and copies of packets.
#[derive(Default)]
pub(crate) struct OwnDatagrams(VecDeque<(UdpPeer, Vec<u8>, Ecn)>);

impl OwnDatagrams {
    /// False: too many datagrams wait, or this one cannot be sent.
    pub(crate) fn push(&mut self, to: UdpPeer, bytes: Vec<u8>, mark: Ecn) -> bool {
        let is_able = self.0.len() < OWN_DATAGRAMS_MAX && (1..=UDP_PAYLOAD_MAX).contains(&bytes.len());
        if is_able {
            self.0.push_back((to, bytes, mark));
        }
        is_able
    }

    /// Gives the socket as many datagrams as it has room for.
    pub(crate) fn transmit(&mut self, socket: &mut UdpSocket) {
        while socket.is_writable()
            && let Some((to, bytes, mark)) = self.0.pop_front()
        {
            socket.send(&bytes, bytes.len(), to, mark);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    #[test]
    fn they_are_bounded_and_no_wrong_one_is_taken() {
        let to = SocketAddr::from(([192, 0, 2, 1], 9)).into();
        let mut own = OwnDatagrams::default();
        assert!(!own.push(to, Vec::new(), Ecn::NotCapable));
        assert!(!own.push(to, vec![0; UDP_PAYLOAD_MAX + 1], Ecn::NotCapable));
        assert_eq!((0..5_000).filter(|_| own.push(to, vec![0; 9], Ecn::Capable0)).count(), OWN_DATAGRAMS_MAX);
        own.clear();
        assert!(own.push(to, vec![0; UDP_PAYLOAD_MAX], Ecn::NotCapable));
    }
}
