use std::cell::Cell;
use std::net::SocketAddr;
use std::vec::IntoIter;

use florenetes_io::stream::error_name;
use florenetes_io::udp::WorkloadSocket;

use crate::datagrams::{Batch, Kept};
use crate::workloads::{Holder, Workloads};

/// The target of a service's flow: a socket of the flow's own.
///
/// ```text
///     connected ──it answers──▶ for good
///         └──nobody is there (ICMP)──▶ the next address of the target, which is told all that was said; after the last the flow is reset
/// ```
pub(crate) struct FlowTarget {
    pub(super) socket: WorkloadSocket,
    /// Its changes come with it.
    pub(super) key: u64,
    /// Nothing once it has answered, or was the last.
    others: Cell<Option<Box<Others>>>,
}

/// The other addresses of a target, in the order in which they are tried.
pub(super) struct Others {
    pub(super) addresses: IntoIter<SocketAddr>,
    /// The first datagrams of the flow, for the next one. Behind those that have found no room nothing is kept.
    pub(super) said: Kept,
    is_full: bool,
}

impl FlowTarget {
    /// Connects to the first of these addresses that there is a way to. The error is for people.
    pub(super) fn connect(
        mut addresses: IntoIter<SocketAddr>,
        holder: Holder,
        workloads: &mut Workloads,
    ) -> Result<Self, String> {
        let mut failure = String::from("there is no address");
        while let Some(address) = addresses.next() {
            let connected =
                WorkloadSocket::connect(address).and_then(|socket| Ok((workloads.add(&socket, holder)?, socket)));
            match connected {
                Ok((key, socket)) => {
                    let is_last = addresses.len() == 0;
                    let others = Others { addresses, said: Kept::default(), is_full: false };
                    return Ok(Self { socket, key, others: Cell::new((!is_last).then(|| others.into())) });
                }
                Err(error) => failure = format!("udp://{address}: {}", error_name(&error)),
            }
        }
        Err(failure)
    }

    /// Keeps what was sent to it, as far as another one may have to be told. Returns how many bytes that are.
    pub(super) fn keep(&self, batch: &Batch) -> u64 {
        let Some(mut others) = self.others.take() else { return 0 };
        let before = others.said.bytes();
        for datagram in batch.datagrams() {
            others.is_full = others.is_full || !others.said.push(datagram);
        }
        let kept = others.said.bytes() - before;
        self.others.set(Some(others));
        kept
    }

    /// No other one is to be tried without these.
    pub(super) fn take_others(&self) -> Option<Box<Others>> {
        self.others.take()
    }
}
