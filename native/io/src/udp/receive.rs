use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;

use super::UdpSocket;
use crate::batch::datagrams_of;
use crate::control::ControlBuffer;
use crate::ecn::Ecn;
use crate::inbox::Inbox;
use crate::limits::RECEIVE_SLOTS;

/// One datagram, or several of one sender that the kernel has joined.
pub struct Datagrams<'a> {
    /// The sender. At a socket of IPv6, a sender of IPv4 has a mapped address.
    pub from: SocketAddr,
    /// The mark that all of them bear.
    pub ecn: Ecn,
    bytes: &'a mut [u8],
    /// 0 when nothing was joined.
    segment: usize,
}

impl Datagrams<'_> {
    /// Each datagram, to be read and decrypted in place.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut [u8]> {
        datagrams_of(self.bytes, self.segment)
    }

    /// How many they are.
    pub fn count(&self) -> usize {
        if self.segment == 0 { 1 } else { self.bytes.len().div_ceil(self.segment) }
    }
}

impl UdpSocket {
    /// Gives what has come to `on_datagrams`, at most `RECEIVE_SLOTS` times. False: no more is there, as far as is known.
    ///
    /// Errors of receiving (the answer of a router, and the like) are counted and mean nothing: the socket stays as it is.
    pub fn receive(&mut self, inbox: &mut Inbox, mut on_datagrams: impl FnMut(Datagrams<'_>)) -> bool {
        let deliveries = match inbox.receive(self.socket.as_fd(), ControlBuffer::CAPACITY) {
            Ok(deliveries) => deliveries,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return false,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return true,
            Err(_) => {
                self.counters.receive_errors += 1;
                // It has been taken off the socket; datagrams may wait behind it.
                return true;
            }
        };
        let may_be_more = deliveries.len() == RECEIVE_SLOTS;
        for delivery in deliveries {
            let Some(from) = delivery.sender.to_ip() else { continue };
            let (segment, ecn) = delivery.control.segment_and_ecn();
            let datagrams = Datagrams { from, ecn, bytes: delivery.bytes, segment };
            self.counters.received += datagrams.count() as u64;
            self.counters.bytes_received += datagrams.bytes.len() as u64;
            on_datagrams(datagrams);
        }
        may_be_more
    }
}
