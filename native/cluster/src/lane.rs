use std::io;

use florenetes_engine::ProcessLedger;

use crate::event::Event;
use crate::figures::Figures;
use crate::order::{Order, Settings};
use crate::vertex::{LedgerWatch, Vertex};

/// The thread that carries the end-to-end connections of a vertex. Dropping the lane carries out the orders already given, then stops and joins the
/// thread. Workloads that are still connected get a reset.
pub type Lane = florenetes_lane::Lane<Order, Event, Figures>;

/// Starts the lane's thread.
///
/// `now_ms` is the time by the owner's clock, in milliseconds, which never goes back; the connections to be adopted use the same clock, and belong to
/// `ledger`. The thread calls `bell` when there are events, and not again before they are taken.
///
/// # Errors
///
/// The system has no thread, or no descriptors, for the lane.
pub fn start(
    now_ms: f64,
    settings: Settings,
    ledger: ProcessLedger,
    bell: impl Fn() + Send + 'static,
) -> io::Result<Lane> {
    Lane::start(now_ms, bell, move |thread| Vertex::new(&settings, LedgerWatch::new(ledger), thread))
}
