//! Packets of sessions, on their way to UDP sockets.

use florenetes_io::data_thread::UdpSockets;
use florenetes_io::udp::{UdpPeer, UdpSocket};
use florenetes_lane::Now;

use crate::batch::Batch;
use crate::carrier::Carrier;
use crate::cluster::Cluster;
use crate::limits::{TRANSMIT_BURST_MAX, TRANSMITS_PER_TURN};
use crate::session::Session;

/// The outcome of a session's turn to send.
enum Burst {
    /// The session has nothing more to send.
    Done { sent: usize },
    /// Other sessions are next, or the socket has no room.
    More { sent: usize },
}

impl Carrier {
    /// Gives the sockets what sessions have to send: some of each, so that no session waits for another.
    pub(crate) fn transmit_sessions(&mut self, udp: &mut UdpSockets, now: Now) {
        self.due_at = None;
        let mut left = TRANSMITS_PER_TURN;
        // Each session is looked at once; those that have more are next when sockets have been read.
        for _ in 0..self.sessions.dirty() {
            let Some(place) = self.sessions.take_dirty() else { break };
            let Some(session) = self.sessions.get_mut(place) else { continue };
            let cluster = &mut self.clusters[session.cluster];
            let Some(socket) = cluster.udp.map(|id| &mut udp[id]) else { continue };
            let burst = match left {
                0 => Burst::More { sent: 0 },
                _ => transmit(session, cluster, &mut self.batch, socket, now),
            };
            session.publish();
            match burst {
                Burst::Done { sent } => {
                    left = left.saturating_sub(sent);
                    session.handle_transmitted(sent > 0, &mut self.events, now);
                }
                Burst::More { sent } => {
                    left = left.saturating_sub(sent);
                    self.sessions.mark_dirty(place);
                    if socket.is_writable() {
                        self.due_at = Some(now.instant);
                    }
                }
            }
            // The session's deadline is set while the socket is full, too.
            self.sessions.set_deadline(place, &self.clock);
            cluster.transmit_own(udp);
        }
    }
}

/// Sends what a session has, at most a burst of it.
fn transmit(
    session: &mut Session,
    cluster: &mut Cluster,
    batch: &mut Batch,
    socket: &mut UdpSocket,
    now: Now,
) -> Burst {
    batch.clear();
    let to = session.whereabouts.peer;
    let payload = session.payload();
    let mut sent = 0;
    while socket.is_writable() && sent < TRANSMIT_BURST_MAX {
        let segment = batch.usual();
        let length = session.poll_transmit(batch.room(payload), segment, now);
        if length == 0 {
            flush(batch, socket, to);
            return Burst::Done { sent };
        }
        sent += 1;
        let mark = session.mark();
        if let Some(copy_to) = session.whereabouts.take_room(length) {
            cluster.send_datagram(copy_to, batch.room(payload)[..length].into(), mark);
        }
        if !batch.push(length, mark) {
            let (bytes, segment) = batch.payloads();
            if !socket.send(bytes, segment, to, batch.mark()) {
                // The socket holds the payloads before this one.
                cluster.send_datagram(to, batch.refused(length).into(), mark);
                batch.clear();
                break;
            }
            batch.restart(length, mark);
        }
        if batch.is_closed() {
            flush(batch, socket, to);
        }
    }
    if socket.is_writable() {
        flush(batch, socket, to);
    }
    Burst::More { sent }
}

fn flush(batch: &mut Batch, socket: &mut UdpSocket, to: UdpPeer) {
    let (bytes, segment) = batch.payloads();
    if !bytes.is_empty() {
        socket.send(bytes, segment, to, batch.mark());
    }
    batch.clear();
}
