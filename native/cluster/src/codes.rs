//! Codes for why a stream or a connection ends: the ones of apps/cluster-flor/src/transport/codes.ts that the data thread itself uses.

/// The connection has nothing left to do.
pub(crate) const DONE: u64 = 0x00;
pub(crate) const WORKLOAD_RESET: u64 = 0x01;
pub(crate) const TARGET_DOWN: u64 = 0x02;
pub(crate) const TARGET_TIMEOUT: u64 = 0x03;
pub(crate) const UNSUPPORTED: u64 = 0x06;
pub(crate) const MALFORMED: u64 = 0x07;
pub(crate) const OVER_BUDGET: u64 = 0x08;
pub(crate) const STOPPING: u64 = 0x09;
pub(crate) const SUPERSEDED: u64 = 0x0b;
pub(crate) const SILENT: u64 = 0x0c;
pub(crate) const OPEN_TIMEOUT: u64 = 0x11;
pub(crate) const TOO_MANY_STREAMS: u64 = 0x12;
/// The service takes streams and the peer asked for datagrams, or vice versa.
pub(crate) const WRONG_KIND: u64 = 0x14;
/// The service has a leader, and this host has no grant to serve it.
pub(crate) const NOT_GRANTED: u64 = 0x16;
/// The highest code with a name that a peer may send.
const SENT_MAX: u64 = NOT_GRANTED;

// The codes from here on are known at one end only, and never sent.
pub(crate) const NO_ANSWER: u64 = 0x80;
pub(crate) const CONNECTION_LOST: u64 = 0x81;
pub(crate) const STREAM_LIMIT: u64 = 0x83;

/// Stands for all codes without a name, of which a peer can make up any number.
pub(crate) const UNKNOWN: u64 = u64::MAX;

/// The code under which an end by `code` is counted.
pub(crate) fn counted(code: u64) -> u64 {
    if code <= SENT_MAX || (NO_ANSWER..=STREAM_LIMIT).contains(&code) { code } else { UNKNOWN }
}
