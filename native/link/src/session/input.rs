use std::time::Duration;

use florenetes_engine::{Connection, Guarded};
use florenetes_wire::pieces::{JoinBuffers, Joiner, WHOLE_HEADER_SIZE};

use crate::limits::PROBE_KEY_LENGTH;

/// The first byte of a datagram that holds a whole packet.
const WHOLE_HEADER: u8 = 0;
/// The key, the kind, and how long its pieces took.
const PROBE_LENGTH_MIN: usize = PROBE_KEY_LENGTH + 5;

/// The receiving side of a session: packets that come in datagrams, whole or in pieces.
pub(crate) struct Input {
    pub(crate) joiner: Joiner,
    probe_key: [u8; PROBE_KEY_LENGTH],
}

/// A packet that has come, in the buffer that it lies in.
pub(crate) enum Arrived<'a> {
    Packet(&'a [u8]),
    /// A probe of the session's own, and how long its pieces took to arrive; None: it came whole.
    Probe(&'a [u8], Option<Duration>),
}

impl Input {
    pub(crate) fn new(probe_key: [u8; PROBE_KEY_LENGTH]) -> Self {
        Self { joiner: Joiner::default(), probe_key }
    }

    /// Hands over all packets that the connection has.
    pub(crate) fn receive(
        &mut self,
        connection: &mut Guarded,
        now: Duration,
        buffers: &mut JoinBuffers,
        mut deliver: impl FnMut(Arrived<'_>),
    ) {
        while let Some(datagram) = connection.with(None, Connection::poll_datagram) {
            let (packet, spread) = match datagram.first() {
                None => continue,
                Some(&WHOLE_HEADER) => (&datagram[WHOLE_HEADER_SIZE..], None),
                Some(_) => match self.joiner.handle_piece(&datagram, now, buffers) {
                    Some(packet) => (&*packet, Some(self.joiner.spread())),
                    None => continue,
                },
            };
            let is_probe = packet.len() >= PROBE_LENGTH_MIN && packet.starts_with(&self.probe_key);
            match is_probe {
                true => deliver(Arrived::Probe(packet, spread)),
                false if packet.is_empty() => {}
                false => deliver(Arrived::Packet(packet)),
            }
        }
    }
}
