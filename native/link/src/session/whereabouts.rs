use florenetes_io::udp::UdpPeer;

/// Both ends of the path to a session's peer, and of the paths that its packets come by. They are compared by `is_same_path`.
pub(crate) struct Whereabouts {
    pub(crate) peer: UdpPeer,
    is_originator: bool,
    /// The sender of the newest packet so far.
    newest: UdpPeer,
    copies: Option<Copies>,
}

/// Copies of packets, which go to an address that the peer may be at.
struct Copies {
    to: UdpPeer,
    /// Bytes that may still be sent to that address.
    room: usize,
}

impl Whereabouts {
    pub(crate) fn new(peer: UdpPeer, is_originator: bool) -> Self {
        Self { peer, is_originator, newest: peer, copies: None }
    }

    /// An originator hears its peer from one address only.
    pub(crate) fn may_be_heard(&self, from: UdpPeer) -> bool {
        !self.is_originator || from.is_same_path(&self.peer)
    }

    /// Whether it matters if a packet from this address is the newest. Mostly it does not.
    pub(crate) fn is_of_interest(&self, from: UdpPeer) -> bool {
        !self.is_originator && [from, self.newest].iter().any(|sender| !sender.is_same_path(&self.peer))
    }

    /// The newest packet came from this address.
    pub(crate) fn handle_newest(&mut self, from: UdpPeer) {
        self.newest = from;
    }

    /// The peer's address was set, to another one or the same.
    pub(crate) fn set_address(&mut self, address: UdpPeer) {
        self.peer = address;
        self.copies = None;
    }

    pub(crate) fn add_copies(&mut self, to: UdpPeer, bytes: usize) {
        match &mut self.copies {
            Some(copies) if copies.to == to => copies.room = copies.room.saturating_add(bytes),
            copies => *copies = Some(Copies { to, room: bytes }),
        }
    }

    /// The address that a copy of a packet of `size` bytes may go to.
    pub(crate) fn take_room(&mut self, size: usize) -> Option<UdpPeer> {
        let copies = self.copies.as_mut()?;
        match copies.room.checked_sub(size) {
            Some(room) => copies.room = room,
            None => self.copies = None,
        }
        self.copies.as_ref().map(|copies| copies.to)
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn address(port: u16) -> UdpPeer {
        SocketAddr::from(([192, 0, 2, 1], port)).into()
    }

    #[test]
    fn a_packet_from_elsewhere_matters_and_the_one_that_comes_home_after_it() {
        let mut peer = Whereabouts::new(address(1), false);
        assert!(!peer.is_of_interest(address(1)));
        assert!(peer.is_of_interest(address(2)));
        peer.handle_newest(address(2));
        assert!(peer.is_of_interest(address(1)), "the peer has not moved after all");
        peer.handle_newest(address(1));
        assert!(!peer.is_of_interest(address(1)));
        peer.set_address(address(2));
        assert!(peer.is_of_interest(address(1)));
        let originator = Whereabouts::new(address(1), true);
        assert!(originator.may_be_heard(address(1)) && !originator.may_be_heard(address(2)));
        assert!(!originator.is_of_interest(address(2)));
    }

    #[test]
    fn copies_are_as_many_as_their_room_and_end_when_the_address_is_settled() {
        let mut peer = Whereabouts::new(address(1), false);
        assert_eq!(peer.take_room(100), None);
        peer.add_copies(address(2), 150);
        peer.add_copies(address(2), 100);
        assert_eq!([peer.take_room(100), peer.take_room(100)], [Some(address(2)); 2]);
        assert_eq!(peer.take_room(100), None);
        peer.add_copies(address(2), 1_000);
        peer.set_address(address(1));
        assert_eq!(peer.take_room(100), None);
    }
}
