//! Datagrams that wait to be sent

use super::Datagrams;

impl Datagrams<'_> {
    /// Datagrams that wait to be sent, and the bytes in them
    pub fn waiting(&self) -> (usize, usize) {
        let outgoing = &self.conn.datagrams.outgoing;
        (outgoing.queue.len(), outgoing.payload_bytes)
    }

    /// Drop the datagram that has waited for longest
    pub fn drop_oldest(&mut self) {
        self.conn.datagrams.outgoing.pop_front();
    }
}
