use std::collections::HashMap;
use std::io;
use std::os::fd::AsFd;

use florenetes_io::data_thread::Watcher;

use super::OwnStreams;

/// The holder of a watched descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The listener of a tunnel.
    Tunnel(u32),
    /// A workload that waits for a connection of a trunk; its changes are ignored.
    Waiting,
    /// A stream of a connection, or the dial for it.
    Stream { connection: u32, stream: u64 },
    /// A data session that the thread reads.
    Session(u32),
}

/// The holders of the workloads' sockets, and the number of the sockets.
pub(crate) struct Workloads {
    watcher: Watcher,
    holders: HashMap<u64, Holder>,
    next_key: u64,
    /// Open sockets, without listeners.
    open: usize,
    max: usize,
    /// Streams and flows without a socket, as their workload is the owner.
    pub(crate) own: OwnStreams,
}

impl Workloads {
    pub(crate) fn new(watcher: Watcher, max: usize) -> Self {
        Self { watcher, holders: HashMap::new(), next_key: 0, open: 0, max, own: OwnStreams::default() }
    }

    /// Whether one more socket may be open. The bound leaves file descriptors for everything else that a process opens.
    pub(crate) fn has_room(&self) -> bool {
        self.open < self.max
    }

    pub(crate) fn open(&self) -> usize {
        self.open
    }

    /// Watches a descriptor. Returns the key of its changes.
    pub(crate) fn add(&mut self, descriptor: &impl AsFd, holder: Holder) -> io::Result<u64> {
        let key = self.next_key;
        match holder {
            Holder::Session(_) => self.watcher.watch_reads(descriptor.as_fd(), key)?,
            _ => self.watcher.watch(descriptor.as_fd(), key)?,
        }
        self.next_key += 1;
        self.holders.insert(key, holder);
        self.open += usize::from(!matches!(holder, Holder::Tunnel(_)));
        Ok(key)
    }

    /// Gives a descriptor to another holder.
    pub(crate) fn give(&mut self, key: u64, holder: Holder) {
        self.holders.insert(key, holder);
    }

    /// Forgets a descriptor that is closed.
    pub(crate) fn remove(&mut self, key: u64) {
        let holder = self.holders.remove(&key);
        self.open -= usize::from(holder.is_some_and(|holder| !matches!(holder, Holder::Tunnel(_))));
    }

    /// Forgets a descriptor whose socket another descriptor keeps open.
    pub(crate) fn give_back(&mut self, descriptor: &impl AsFd, key: u64) {
        self.watcher.unwatch(descriptor.as_fd());
        self.remove(key);
    }

    pub(crate) fn holder(&self, key: u64) -> Option<Holder> {
        self.holders.get(&key).copied()
    }
}
