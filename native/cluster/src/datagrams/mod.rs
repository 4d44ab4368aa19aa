//! Pure cores for the workloads' datagrams in connections. docs/protocol/transport.md describes the protocol.
//!
//! ```text
//!   client ─▶ tunnel ─▶ flow by its address (FairTable) ─▶ SendQueue, Cut ─▶ QUIC ─▶ Joiner ─▶ the flow's own socket ─▶ target
//! ```

mod batch;
mod fair_table;
mod figures;
mod frame;
mod joiner;
mod own;
mod pauses;
mod send_queue;
mod served;
mod tunnel;
mod unopened;

pub(crate) use batch::Batch;
pub(crate) use fair_table::FairTable;
pub(crate) use figures::{Ended, Lost};
pub use figures::{FlowDrops, FlowFigures};
pub(crate) use frame::{Frame, decode};
pub(crate) use joiner::{Joined, Joiner};
pub(crate) use own::{are_own_datagrams, own_datagrams};
pub(crate) use send_queue::{SendQueue, Sizes};
pub(crate) use served::{FlowPlace, ServedFlows};
pub(crate) use tunnel::{ClientFlow, DatagramTunnel, Kept};
pub(crate) use unopened::Unopened;
