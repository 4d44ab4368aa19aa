use std::io;

use crate::carrier::Carrier;
use crate::event::Event;
use crate::figures::Figures;
use crate::order::Order;

/// The thread that carries the links of a process. Dropping the lane stops and joins the thread; its sessions end without a word to their peers.
pub type Lane = florenetes_lane::Lane<Order, Event, Figures>;

/// Starts the thread.
///
/// `now_ms` is the time by the owner's clock, which counts milliseconds and never goes back: the clock of the connections that
/// are adopted. `bell` is called in the thread when there are events, and not again before they are taken.
///
/// # Errors
///
/// The system has no thread, or no descriptors, for the lane.
pub fn start(now_ms: f64, bell: impl Fn() + Send + 'static) -> io::Result<Lane> {
    Lane::start(now_ms, bell, Carrier::new)
}
