//! Connections that are brought up in memory.

use florenetes_engine::Connection;

/// Has both ends say all that they have to say now, and look at their timers. `out` has room for a packet.
pub(crate) fn step(client: &mut Connection, server: &mut Connection, now: f64, out: &mut [u8]) {
    pass(server, client, now, out);
    pass(client, server, now, out);
    client.handle_timeout(now);
    server.handle_timeout(now);
}

fn pass(from: &mut Connection, to: &mut Connection, now: f64, out: &mut [u8]) {
    loop {
        let length = from.poll_transmit(out, now);
        if length == 0 {
            return;
        }
        to.handle_datagram(&out[..length], now);
    }
}
