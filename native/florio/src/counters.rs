/// Counts since a port was opened: docs/protocol/florio.md, *Counters*.
///
/// A packet that is given to a port is counted by one of `packets_sent`, `packets_refused_…` and `packets_dropped_…`, or waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlorioCounters {
    /// DATA and CONTROL.
    pub frames_sent: u64,
    /// DATA and CONTROL.
    pub frames_received: u64,
    /// Packets in DATA frames.
    pub packets_sent: u64,
    /// Packets in DATA frames.
    pub packets_received: u64,
    /// The bounded queue was full.
    pub packets_refused_queue_full: u64,
    /// No partner was there to send to.
    pub packets_refused_not_connected: u64,
    /// Empty, larger than a frame holds, or for handle 0.
    pub packets_refused_unsendable: u64,
    /// The partner went while they waited.
    pub packets_dropped_not_connected: u64,
    /// Refused by the kernel for themselves.
    pub packets_dropped_unsendable: u64,
    /// Messages that did not leave although there was a partner: too many waited, the kernel refused them, or the partner was found gone.
    pub control_dropped: u64,
    /// How often the socket became full.
    pub socket_full: u64,
    /// How often the partner was found gone.
    pub disconnects: u64,
    /// Received, and not read before their sender was found gone.
    pub frames_dropped_disconnected: u64,
    /// Received, and wrong.
    pub frames_dropped_malformed: u64,
    /// Frames of another version of FlorIO.
    pub frames_dropped_version: u64,
    /// Frames of a type that is not known.
    pub frames_dropped_type: u64,
    /// From a third party.
    pub frames_dropped_sender: u64,
}
