use std::collections::HashMap;

use florenetes_engine::Guarded;
use florenetes_lane::Now;

use super::control::ControlStream;
use super::dial::Dial;
use super::flow::Flow;
use crate::datagrams::{Kept, Lost};
use crate::message::MessageReader;
use crate::relay::Relay;
use crate::site::{Accounts, Site};

/// Streams of the originator are 0, 4, 8, …, and stream 0 is the control stream.
pub(super) const STREAM_STEP: u64 = 4;

/// The state of a stream.
pub(super) enum Stream {
    /// The stream's OPEN is not whole yet.
    Opening(MessageReader),
    /// The stream's target has not answered yet.
    Dialling(Dial),
    /// The owner has not said yet whether it takes the stream.
    Asking(Asking),
    /// A flow whose datagrams are kept while the name of its target is resolved.
    Naming(Kept),
    Flow(Box<Flow>),
    Relayed(Box<Relay>),
}

/// A stream or flow that the owner is asked for.
pub(super) struct Asking {
    /// The number by which the owner knows the stream.
    pub(super) number: u32,
    /// Whether the OPEN asks both ends to tell what their workloads have taken.
    pub(super) asks_taken: bool,
    /// Datagrams that have come meanwhile; none where it is no flow.
    pub(super) kept: Option<Kept>,
}

/// The parts of the connection and the thread that streams work with.
pub(crate) struct Work<'a> {
    pub(crate) quic: &'a mut Guarded,
    pub(crate) control: &'a mut ControlStream,
    pub(crate) site: &'a mut Site,
    pub(crate) now: Now,
    /// Streams that have failed by the peer's doing.
    pub(crate) failed: u64,
}

/// Counts a lost datagram of a flow.
pub(super) fn lose(streams: &HashMap<u64, Stream>, accounts: &mut Accounts, flow: u64, why: Lost) {
    if let Some(Stream::Flow(flow)) = streams.get(&(flow * STREAM_STEP)) {
        accounts.flows(flow.account).handle_lost(why);
    }
}
