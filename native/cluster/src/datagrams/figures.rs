/// Why a flow was ended here, by neither of its workloads and for no failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Nothing has passed for long.
    Idle,
    /// It made room for another.
    Room,
    /// Its tunnel is closed, or its service stopped.
    Closed,
}

/// Why a datagram was thrown away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// Too many wait to be sent.
    Queue,
    /// It has waited to be sent for too long.
    Late,
    /// No packet has room for it, and it is not to be cut.
    TooLarge,
    /// Some of its pieces did not come.
    Unfinished,
    /// There is no such flow.
    UnknownFlow,
    /// It is none of ours.
    Malformed,
    /// There is no room for what has to wait.
    NoRoom,
    /// Its client's flow was refused a moment ago.
    Refused,
    /// The system does not take it for the workload.
    Target,
}

/// Datagrams that were thrown away, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowDrops {
    /// Too many waited to be sent.
    pub queue: u64,
    /// They had waited to be sent for too long.
    pub late: u64,
    /// No packet had room for them, and they were not to be cut.
    pub too_large: u64,
    /// Some of their pieces did not come.
    pub unfinished: u64,
    /// There was no such flow.
    pub unknown_flow: u64,
    /// They made no sense.
    pub malformed: u64,
    /// There was no room for what had to wait.
    pub no_room: u64,
    /// Their clients' flows had been refused a moment before.
    pub refused: u64,
    /// The system did not take them for the workload.
    pub target: u64,
}

/// Datagrams of the flows of a tunnel or a service. Counts never fall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowFigures {
    /// Flows that were ended since nothing had passed for long.
    pub ended_idle: u64,
    /// Flows that made room for others.
    pub ended_room: u64,
    /// Datagrams that were handed to the mesh.
    pub datagrams_sent: u64,
    /// Their bytes.
    pub bytes_sent: u64,
    /// Datagrams that have come out of the mesh.
    pub datagrams_received: u64,
    /// Their bytes.
    pub bytes_received: u64,
    /// Those that were thrown away, each way.
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

    /// A datagram of a workload is handed to the mesh.
    pub(crate) fn handle_sent(&mut self, bytes: usize) {
        self.datagrams_sent += 1;
        self.bytes_sent += bytes as u64;
    }

    /// A datagram has come out of the mesh.
    pub(crate) fn handle_received(&mut self, bytes: usize) {
        self.datagrams_received += 1;
        self.bytes_received += bytes as u64;
    }
}
