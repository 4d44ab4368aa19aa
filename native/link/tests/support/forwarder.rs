//! A path between two data threads, which changes ECN marks as a test likes.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use florenetes_io::udp::UdpSocket;
use florenetes_io::{Ecn, Inbox};

/// Says what happens to the marked packet with that number; none: it is dropped.
pub(crate) type Fate = fn(usize) -> Option<Ecn>;

/// A thread that forwards datagrams until the value is dropped.
pub(crate) struct Forwarder {
    /// The address at which each end finds the other one.
    pub(crate) addresses: [SocketAddr; 2],
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    fate: Mutex<Fate>,
    marked: [AtomicUsize; 2],
    is_over: AtomicBool,
}

impl Forwarder {
    pub(crate) fn between(ends: [SocketAddr; 2], fate: Fate) -> Self {
        let open = || UdpSocket::open("127.0.0.1:0".parse().unwrap()).unwrap();
        let mut sockets = [open(), open()];
        let addresses = [sockets[0].local(), sockets[1].local()];
        let shared =
            Arc::new(Shared { fate: Mutex::new(fate), marked: Default::default(), is_over: AtomicBool::new(false) });
        let forward = {
            let shared = Arc::clone(&shared);
            move || {
                let mut inbox = Inbox::default();
                while !shared.is_over.load(Relaxed) {
                    for from in 0..2 {
                        forward(&mut sockets, from, ends[1 - from], &mut inbox, &shared);
                    }
                    std::thread::sleep(Duration::from_micros(200));
                }
            }
        };
        Self { addresses, shared, thread: Some(std::thread::spawn(forward)) }
    }

    pub(crate) fn set_fate(&self, fate: Fate) {
        *self.shared.fate.lock().unwrap() = fate;
    }

    /// Packets that have come marked so far, by their sender.
    pub(crate) fn marked(&self) -> [usize; 2] {
        [0, 1].map(|end| self.shared.marked[end].load(Relaxed))
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Relaxed);
        self.thread.take().map(JoinHandle::join);
    }
}

/// Passes on what an end has sent, by the socket that the other end knows.
fn forward(sockets: &mut [UdpSocket; 2], from: usize, to: SocketAddr, inbox: &mut Inbox, shared: &Shared) {
    let [first, second] = sockets;
    let (inward, outward) = if from == 0 { (first, second) } else { (second, first) };
    inward.receive(inbox, |mut datagrams| {
        let mark = datagrams.ecn;
        for datagram in datagrams.iter_mut() {
            let mark = match mark {
                Ecn::NotCapable => Some(mark),
                _ => (shared.fate.lock().unwrap())(shared.marked[from].fetch_add(1, Relaxed)),
            };
            if let Some(mark) = mark.filter(|_| outward.is_writable()) {
                outward.send(datagram, datagram.len(), to, mark);
            }
        }
        outward.handle_writable();
    });
}
