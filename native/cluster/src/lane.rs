use std::io;

use florenetes_engine::ProcessLedger;

use crate::event::Event;
use crate::figures::Figures;
use crate::order::{Order, Settings};
use crate::vertex::{LedgerWatch, Vertex};

/// The thread that carries the end-to-end connections of a vertex. Dropping it carries out the orders that were given, stops and joins it;
/// workloads that are still there get a reset.
pub type Lane = florenetes_lane::Lane<Order, Event, Figures>;

/// Starts the thread.
///
/// `now_ms` is the time by the owner's clock, which counts milliseconds and never goes back: the clock of the connections that
/// are adopted, which are of `ledger`. `bell` is called in the thread when there are events, and not again before they are taken.
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
