//! An end that does what a data thread would not: its connection is in the test's own hand.

use std::time::Instant;

use florenetes_cluster::Order;
use florenetes_engine::{Connection, Guarded};
use florenetes_wire::mesh::{LABEL_CONNECTION, header_size, write_header};

use super::end::{CONNECTION, HANDLE, ID, Pair, SERVICE_LABEL, TRUNK};
use super::{PAYLOAD, START_MS, WINDOW, connected};

pub(crate) struct Peer {
    pub(crate) connection: Guarded,
    is_originator: bool,
    start: Instant,
}

impl Peer {
    /// The originator of a connection that b's data thread has the other end of. Whatever b sends goes to the test from now on.
    pub(crate) fn join(pair: &Pair) -> Self {
        let [client, server] = connected(&pair.ledger, WINDOW, 10_000);
        pair.b.adopt(CONNECTION, server, false);
        let _ = pair.b.figures();
        pair.wire.ask(|passing, _, _| passing.taken_of = Some(1));
        Self { connection: client, is_originator: true, start: Instant::now() }
    }

    /// The acceptor of a connection that a's data thread has the other end of, and opens its streams on. Whatever a sends goes to the test.
    pub(crate) fn join_as_acceptor(pair: &Pair) -> Self {
        let [client, server] = connected(&pair.ledger, WINDOW, 10_000);
        pair.wire.ask(|passing, _, _| passing.taken_of = Some(0));
        pair.a.adopt(CONNECTION, client, true);
        pair.a.order(Order::SetCurrent { trunk: TRUNK, connection: Some(CONNECTION) });
        Self { connection: server, is_originator: false, start: Instant::now() }
    }

    pub(crate) fn with<T>(&mut self, call: impl FnOnce(&mut Connection) -> T) -> T {
        self.connection.with(None, |connection| Some(call(connection))).expect("there was no panic")
    }

    /// Sends all packets that wait, and reads all that have come.
    pub(crate) fn turn(&mut self, pair: &Pair) {
        let packets = self.packets(pair);
        self.inject(pair, packets);
    }

    pub(crate) fn inject(&self, pair: &Pair, packets: Vec<Vec<u8>>) {
        pair.wire.inject_to(usize::from(self.is_originator), HANDLE, packets);
    }

    /// Reads all packets that have come, and makes the packets that are to be sent.
    pub(crate) fn packets(&mut self, pair: &Pair) -> Vec<Vec<u8>> {
        let now = START_MS + self.start.elapsed().as_secs_f64() * 1_000.0;
        let head = header_size(1);
        for packet in pair.wire.ask(|passing, _, _| std::mem::take(&mut passing.taken)) {
            self.with(|connection| connection.handle_datagram(&packet[head..], now));
        }
        self.with(|connection| connection.handle_timeout(now));
        self.made_packets(now)
    }

    /// Makes a packet with a PING whatever is unanswered, and reads none that have come.
    pub(crate) fn ping_anew(&mut self) -> Vec<Vec<u8>> {
        let now = START_MS + self.start.elapsed().as_secs_f64() * 1_000.0;
        self.with(|connection| connection.begin_path(now));
        self.made_packets(now)
    }

    fn made_packets(&mut self, now: f64) -> Vec<Vec<u8>> {
        let head = header_size(1);
        let mut packet = vec![0; head + usize::from(PAYLOAD)];
        let mut packets = Vec::new();
        let label = if self.is_originator { SERVICE_LABEL } else { LABEL_CONNECTION };
        loop {
            let length = self.with(|connection| connection.poll_transmit(&mut packet[head..], now));
            if length == 0 {
                break;
            }
            let words = [label << 12].into_iter();
            write_header(&mut packet, ID + u64::from(CONNECTION), words, 32);
            packets.push(packet[..head + length].to_vec());
        }
        packets
    }

    /// Takes turns until `what` returns something.
    pub(crate) fn until<T>(&mut self, pair: &Pair, mut what: impl FnMut(&mut Self) -> Option<T>) -> T {
        super::threads::until(|| {
            self.turn(pair);
            what(self)
        })
    }
}
