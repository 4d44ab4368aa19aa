//! Validation of ECN (RFC 9000, 13.4.2), which may begin anew at any time

use super::Connection;
use crate::{frame::EcnCounts, packet::SpaceId};

/// Packets that are marked before any mark is known to come through: paths may drop those that are marked
const TRIAL_PACKETS: u8 = 10;
/// Rounds in which all packets that were marked came as CE, after which that is the path's habit and tells nothing
const CE_ROUNDS_MAX: u8 = 8;
/// Probe timeouts in a row after which the marks may be why nothing comes through
const PROBE_TIMEOUTS_MAX: u32 = 3;

/// Whether packets are marked
#[derive(Debug)]
enum State {
    Off,
    /// So many more are marked; then all waits for the peer
    Trial {
        left: u8,
    },
    On {
        /// The number of a packet whose acknowledgement ends this round
        round_end: u64,
        /// Whether a packet of this round came without CE
        came_clear: bool,
        ce_rounds: u8,
    },
}

#[derive(Debug)]
pub(super) struct Ecn(State);

impl Ecn {
    pub(super) fn new() -> Self {
        Self(State::Trial { left: TRIAL_PACKETS })
    }

    /// Begins a trial, unless marks are in use
    pub(super) fn try_again(&mut self) {
        if !self.is_on() {
            *self = Self::new();
        }
    }

    pub(super) fn stop(&mut self) {
        self.0 = State::Off;
    }

    /// Whether marks are known to come through
    pub(super) fn is_on(&self) -> bool {
        matches!(self.0, State::On { .. })
    }

    pub(super) fn is_off(&self) -> bool {
        matches!(self.0, State::Off)
    }

    /// Whether the next datagram is to be marked
    pub(super) fn is_marking(&self) -> bool {
        matches!(self.0, State::On { .. } | State::Trial { left: 1.. })
    }

    /// A datagram has left, marked if `is_marking`
    pub(super) fn handle_sent(&mut self) {
        if let State::Trial { left } = &mut self.0 {
            *left = left.saturating_sub(1);
        }
    }

    pub(super) fn handle_probe_timeouts(&mut self, in_a_row: u32) {
        if in_a_row >= PROBE_TIMEOUTS_MAX {
            self.stop();
        }
    }

    /// The peer has counted marks as it should, and so many since it last did. Returns whether congestion was met
    ///
    /// `next` is the number of the next packet.
    pub(super) fn handle_counts(&mut self, increase: EcnCounts, largest: u64, next: u64) -> bool {
        let (is_clear, is_congested) = (increase.ect0 > 0, increase.ce > 0);
        match &mut self.0 {
            State::Off => return false,
            // A path that marks everything never gets beyond this
            State::Trial { .. } if !is_clear => return false,
            State::Trial { .. } => self.0 = State::On { round_end: next, came_clear: false, ce_rounds: 0 },
            State::On { round_end, came_clear, ce_rounds } => {
                *came_clear |= is_clear;
                if largest >= *round_end {
                    *ce_rounds = if *came_clear { 0 } else { *ce_rounds + 1 };
                    (*round_end, *came_clear) = (next, false);
                    if *ce_rounds >= CE_ROUNDS_MAX {
                        self.stop();
                    }
                }
            }
        }
        is_congested
    }
}

impl Connection {
    /// Begins to validate ECN anew (RFC 9000, 13.4.2), unless it is in use
    ///
    /// For a connection whose datagrams lost their marks until now, and for a path that may be another one.
    pub fn try_ecn(&mut self) {
        self.path.ecn.try_again();
    }

    /// Whether packets are marked ECT(0), and marks are known to come through
    pub fn is_ecn_on(&self) -> bool {
        self.path.ecn.is_on()
    }

    /// Packets with application data that came marked CE
    pub fn ce_received(&self) -> u64 {
        self.spaces[SpaceId::Data].ecn_counters.ce
    }
}
