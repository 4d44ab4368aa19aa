use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use florenetes_io::data_thread::Readiness;
use florenetes_io::stream::{StreamAddress, StreamSocket, error_name};

use crate::workloads::{Holder, Workloads};

/// The state of a dial.
pub(super) enum Dialled {
    /// The owner or the system has not answered yet.
    Waiting,
    Connected(StreamSocket, u64),
    /// No address answered.
    Failed {
        /// Whether the system gave up the last address after a timeout.
        is_timeout: bool,
        /// The reason, for people.
        text: String,
    },
}

/// The attempts to reach the target of a stream, one address after the other.
pub(super) struct Dial {
    /// Whether the stream's OPEN asks both ends to tell what their workloads have taken.
    pub(super) asks_taken: bool,
    holder: Holder,
    addresses: VecDeque<SocketAddr>,
    socket: Option<(StreamSocket, u64)>,
    /// For people: the target of the present attempt, and why the last attempt failed.
    name: String,
    failure: String,
    is_timeout: bool,
}

impl Dial {
    /// A dial that has tried nothing yet.
    pub(super) fn new(holder: Holder, asks_taken: bool) -> Self {
        let failure = "there is no address".into();
        Self {
            asks_taken,
            holder,
            addresses: VecDeque::new(),
            socket: None,
            name: String::new(),
            failure,
            is_timeout: false,
        }
    }

    /// Tries a Unix socket.
    pub(super) fn try_unix(&mut self, path: &Path, workloads: &mut Workloads) -> Dialled {
        self.name = format!("unix:{}", path.display());
        self.begin(StreamAddress::Unix(path), workloads);
        self.outcome(workloads)
    }

    /// Tries the addresses one after the other.
    pub(super) fn try_addresses(&mut self, addresses: &[SocketAddr], workloads: &mut Workloads) -> Dialled {
        self.addresses = addresses.iter().copied().collect();
        self.outcome(workloads)
    }

    /// Handles a change of the present attempt's socket.
    pub(super) fn handle_change(&mut self, readiness: Readiness, workloads: &mut Workloads) -> Dialled {
        let Some((socket, key)) = self.socket.take() else { return Dialled::Waiting };
        match socket.connected() {
            Ok(()) if readiness.is_writable => Dialled::Connected(socket, key),
            Ok(()) => {
                self.socket = Some((socket, key));
                Dialled::Waiting
            }
            Err(error) => {
                self.fail(&error);
                workloads.remove(key);
                self.outcome(workloads)
            }
        }
    }

    /// Closes the socket of the present attempt.
    pub(super) fn give_up(&mut self, workloads: &mut Workloads) {
        if let Some((_, key)) = self.socket.take() {
            workloads.remove(key);
        }
    }

    fn outcome(&mut self, workloads: &mut Workloads) -> Dialled {
        while self.socket.is_none() {
            let Some(address) = self.addresses.pop_front() else {
                return Dialled::Failed { is_timeout: self.is_timeout, text: self.failure.clone() };
            };
            self.name = format!("tcp://{address}");
            self.begin(StreamAddress::Tcp(address), workloads);
        }
        Dialled::Waiting
    }

    fn begin(&mut self, address: StreamAddress<'_>, workloads: &mut Workloads) {
        let begun = StreamSocket::connect(address).and_then(|socket| {
            let key = workloads.add(&socket, self.holder)?;
            Ok((socket, key))
        });
        match begun {
            Ok(socket) => self.socket = Some(socket),
            Err(error) => self.fail(&error),
        }
    }

    fn fail(&mut self, error: &io::Error) {
        self.failure = format!("{}: {}", self.name, error_name(error));
        self.is_timeout = error.kind() == io::ErrorKind::TimedOut;
    }
}
