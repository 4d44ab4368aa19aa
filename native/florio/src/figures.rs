use crate::counters::FlorioCounters;
use crate::port::{Port, PortSocket};

/// Figures of a port.
#[derive(Clone, Debug)]
pub struct PortFigures {
    /// Whether the pair is connected both ways as far as this side knows.
    pub is_connected: bool,
    /// False: sources should hold back.
    pub is_writable: bool,
    /// Why it is not connected, for people.
    pub waiting_for: String,
    /// Since it was opened.
    pub counters: FlorioCounters,
}

impl<S: PortSocket> Port<S> {
    /// Tells the figures of this moment.
    pub fn figures(&self) -> PortFigures {
        PortFigures {
            is_connected: self.is_connected(),
            is_writable: self.is_writable(),
            waiting_for: self.waiting_for().into(),
            counters: self.counters().clone(),
        }
    }
}
