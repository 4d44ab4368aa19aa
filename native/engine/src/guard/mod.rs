//! Bounds on what a peer may make an engine keep, answer and send (docs/develop/quic.md, *The guard*): the rules of packages/quic/src/guard, applied
//! to the frames that the engine itself has read.

mod acknowledgements;
mod connection_guard;
mod connection_ledger;
mod piece_costs;
mod process_ledger;
mod rate_limit;
mod received_ranges;
mod stream_ledger;
mod unseen_streams;
mod violation;

pub(crate) use connection_guard::ConnectionGuard;
pub use process_ledger::ProcessLedger;
pub use violation::Violation;
