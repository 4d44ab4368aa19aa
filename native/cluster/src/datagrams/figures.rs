/// Why this end ended a flow that neither workload had ended, and that had not failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The flow had no traffic for too long.
    Idle,
    /// The flow made room for another one.
    Room,
    /// The flow's tunnel is closed, or its service stopped.
    Closed,
}

/// Why a datagram was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// Too many datagrams waited to be sent.
    Queue,
    /// The datagram has waited to be sent for too long.
    Late,
    /// No packet has room for the datagram, and datagrams are not to be cut.
    TooLarge,
    /// Some pieces of the datagram did not come.
    Unfinished,
    /// No flow has the datagram's number.
    UnknownFlow,
    /// The datagram breaks the rules of the format.
    Malformed,
    /// No room is left for a datagram that has to wait.
    NoRoom,
    /// A flow of the datagram's client was refused a moment before.
    Refused,
    /// The system does not take the datagram for the workload.
    Target,
}

/// Dropped datagrams, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowDrops {
    /// Datagrams that came while too many waited to be sent.
    pub queue: u64,
    /// Datagrams that had waited to be sent for too long.
    pub late: u64,
    /// Datagrams that no packet had room for, and that were not to be cut.
    pub too_large: u64,
    /// Datagrams some of whose pieces did not come.
    pub unfinished: u64,
    /// Datagrams of unknown flows.
    pub unknown_flow: u64,
    /// Datagrams that broke the rules of the format.
    pub malformed: u64,
    /// Datagrams that had to wait, but found no room.
    pub no_room: u64,
    /// Datagrams of clients whose flows had been refused a moment before.
    pub refused: u64,
    /// Datagrams that the system did not take for the workload.
    pub target: u64,
}

/// Counts of the flows of a tunnel or a service, and of their datagrams. Counts never fall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowFigures {
    /// Flows that were ended after too long without traffic.
    pub ended_idle: u64,
    /// Flows that made room for others.
    pub ended_room: u64,
    /// Datagrams that were handed to the mesh.
    pub datagrams_sent: u64,
    /// Bytes of the datagrams that were handed to the mesh.
    pub bytes_sent: u64,
    /// Datagrams that have come out of the mesh.
    pub datagrams_received: u64,
    /// Bytes of the datagrams that have come out of the mesh.
    pub bytes_received: u64,
    /// Dropped datagrams of both directions.
    pub drops: FlowDrops,
}

impl FlowFigures {
    pub(crate) fn handle_lost(&mut self, why: Lost) {
        let count = match why {
            Lost::Queue => &mut self.drops.queue,
            Lost::Late => &mut self.drops.late,
            Lost::TooLarge => &mut self.drops.too_large,
            Lost::Unfinished => &mut self.drops.unfinished,
            Lost::UnknownFlow => &mut self.drops.unknown_flow,
            Lost::Malformed => &mut self.drops.malformed,
            Lost::NoRoom => &mut self.drops.no_room,
            Lost::Refused => &mut self.drops.refused,
            Lost::Target => &mut self.drops.target,
        };
        *count += 1;
    }

    pub(crate) fn handle_ended(&mut self, why: Ended) {
        match why {
            Ended::Idle => self.ended_idle += 1,
            Ended::Room => self.ended_room += 1,
            Ended::Closed => {}
        }
    }

    /// Counts a datagram of a workload that is handed to the mesh.
    pub(crate) fn handle_sent(&mut self, bytes: usize) {
        self.datagrams_sent += 1;
        self.bytes_sent += bytes as u64;
    }

    /// Counts a datagram that has come out of the mesh.
    pub(crate) fn handle_received(&mut self, bytes: usize) {
        self.datagrams_received += 1;
        self.bytes_received += bytes as u64;
    }
}
