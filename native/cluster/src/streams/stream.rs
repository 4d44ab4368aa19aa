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

/// Streams of the originator are 0, 4, 8, …: the first is the control stream.
pub(super) const STREAM_STEP: u64 = 4;

/// How far a stream has come.
pub(super) enum Stream {
    /// Its OPEN has not come whole.
    Opening(MessageReader),
    /// Its target has not answered.
    Dialling(Dial),
    /// The owner has not said whether it takes it.
    Asking(Asking),
    /// A flow of datagrams, which are kept while the name of its target is asked for.
    Naming(Kept),
    Flow(Box<Flow>),
    Relayed(Box<Relay>),
}

/// A stream or flow that the owner is asked for.
pub(super) struct Asking {
    /// The owner knows it by this.
    pub(super) number: u32,
    /// The peer has asked to be told what is taken.
    pub(super) asks_taken: bool,
    /// Datagrams that come meanwhile, where it is a flow.
    pub(super) kept: Option<Kept>,
}

/// All that a stream needs of its connection and its thread.
pub(crate) struct Work<'a> {
    pub(crate) quic: &'a mut Guarded,
    pub(crate) control: &'a mut ControlStream,
    pub(crate) site: &'a mut Site,
    pub(crate) now: Now,
    /// Streams that have failed by the peer's own doing.
    pub(crate) failed: u64,
}

/// Counts a datagram of a flow that is lost.
pub(super) fn lose(streams: &HashMap<u64, Stream>, accounts: &mut Accounts, flow: u64, why: Lost) {
    if let Some(Stream::Flow(flow)) = streams.get(&(flow * STREAM_STEP)) {
        accounts.flows(flow.account).handle_lost(why);
    }
}
