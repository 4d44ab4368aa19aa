//! An originator that does what a lane would not: its connection is in the test's own hand.

use std::time::Instant;

use florenetes_engine::{Connection, Guarded};
use florenetes_wire::mesh::{header_size, write_header};

use super::end::{CONNECTION, ID, Pair, SERVICE_LABEL};
use super::{PAYLOAD, START_MS, connected};

pub(crate) struct Peer {
    pub(crate) connection: Guarded,
    start: Instant,
}

impl Peer {
    /// The originator of a connection that b's lane has the other end of. Whatever b sends goes to the test from now on.
    pub(crate) fn join(pair: &Pair) -> Self {
        let [client, server] = connected(256 * 1024, 10_000);
        pair.b.adopt(CONNECTION, server, false);
        let _ = pair.b.figures();
        pair.wire.ask(|passing, _, _| passing.is_taking = true);
        Self { connection: client, start: Instant::now() }
    }

    pub(crate) fn with<T>(&mut self, call: impl FnOnce(&mut Connection) -> T) -> T {
        self.connection.with(None, |connection| Some(call(connection))).expect("there was no panic")
    }

    /// Sends all that there is to send, and reads all that has come.
    pub(crate) fn turn(&mut self, pair: &Pair) {
        let now = START_MS + self.start.elapsed().as_secs_f64() * 1_000.0;
        let head = header_size(1);
        for packet in pair.wire.ask(|passing, _, _| std::mem::take(&mut passing.taken)) {
            self.with(|connection| connection.handle_datagram(&packet[head..], now));
        }
        self.with(|connection| connection.handle_timeout(now));
        let mut packet = vec![0; head + usize::from(PAYLOAD)];
        let mut packets = Vec::new();
        loop {
            let length = self.with(|connection| connection.poll_transmit(&mut packet[head..], now));
            if length == 0 {
                break;
            }
            let words = [SERVICE_LABEL << 12].into_iter();
            write_header(&mut packet, ID + u64::from(CONNECTION), words, 32);
            packets.push(packet[..head + length].to_vec());
        }
        pair.wire.inject(packets);
    }

    /// Takes turns until there is what is waited for.
    pub(crate) fn until<T>(&mut self, pair: &Pair, mut what: impl FnMut(&mut Self) -> Option<T>) -> T {
        super::threads::until(|| {
            self.turn(pair);
            what(self)
        })
    }
}
