use std::cell::Cell;
use std::net::SocketAddr;
use std::vec::IntoIter;

use florenetes_io::stream::error_name;
use florenetes_io::udp::WorkloadSocket;

use crate::datagrams::{Batch, Kept};
use crate::workloads::{Holder, Workloads};

/// The target of a service's flow, behind a socket of the flow's own.
///
/// ```text
///     connected ──it answers──▶ for good
///         └──nobody is there (ICMP)──▶ the next address of the target, which is told all that was said; after the last the flow is reset
/// ```
pub(crate) struct FlowTarget {
    pub(super) socket: WorkloadSocket,
    /// The key that the socket's changes come with.
    pub(super) key: u64,
    /// None once the target has answered, or where this is the last address.
    others: Cell<Option<Box<Others>>>,
}

/// The remaining addresses of a target.
pub(super) struct Others {
    pub(super) addresses: IntoIter<SocketAddr>,
    /// The first datagrams of the flow, which the next address gets too. Once one found no room, no later one is kept.
    pub(super) said: Kept,
    is_full: bool,
}

impl FlowTarget {
    /// Connects to the first of the addresses that the system has a route to. The error is for people.
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

    /// Keeps a sent batch for the next address, while there is one. Returns how many bytes are kept.
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

    /// Takes the remaining addresses, so that no other address is tried by itself.
    pub(super) fn take_others(&self) -> Option<Box<Others>> {
        self.others.take()
    }
}
