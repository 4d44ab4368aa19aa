//! Why a packet is dropped.

/// Why a packet is dropped; also the index of the cause's counter. The names are those of docs/protocol/mesh-packet.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum DropCause {
    /// Shorter than its header says.
    TooShort = 1,
    /// The packet is of a protocol version that is not known here.
    UnknownVersion,
    /// No labels, or more than a header may hold.
    BadLabelCount,
    /// The cursor points behind the last label.
    BadCursor,
    /// The label means nothing on the link that the packet came from.
    UnknownLabel,
    /// The table does not list the pair of links, or the packet is of this vertex itself.
    TransitDenied,
    /// The packet would go on with a hop limit of 0.
    HopLimit,
    /// The packet would be delivered here, but has labels left.
    LabelsLeft,
    /// The packet would go on, but has no label for the next vertex.
    NoLabelLeft,
    /// The label is 2, and the packet is no question of a trace.
    Operations,
    /// Its out-link is not up.
    LinkDown,
    /// Its out-link, or the way to it, has enough to do.
    LinkFull,
    /// Too much is on its way to services of this vertex itself.
    LoopbackFull,
    /// Its out-link carries no packets of its size.
    TooLarge,
    /// More passes from its in-link to its out-link than is permitted.
    TransitLimit,
    /// The packet has passed before from that in-link to that out-link.
    Circling,
}

/// Counters by cause; index 0 is no cause.
pub type DropCounts = [u64; DropCause::ALL.len() + 1];

/// By cause, the label by which a packet was dropped lately; 0: none is known.
pub type DropLabels = [u32; DropCause::ALL.len() + 1];

impl DropCause {
    /// All causes, in the order of their counters.
    pub const ALL: [Self; 16] = [
        Self::TooShort,
        Self::UnknownVersion,
        Self::BadLabelCount,
        Self::BadCursor,
        Self::UnknownLabel,
        Self::TransitDenied,
        Self::HopLimit,
        Self::LabelsLeft,
        Self::NoLabelLeft,
        Self::Operations,
        Self::LinkDown,
        Self::LinkFull,
        Self::LoopbackFull,
        Self::TooLarge,
        Self::TransitLimit,
        Self::Circling,
    ];

    /// The stable name, for status and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TooShort => "tooShort",
            Self::UnknownVersion => "unknownVersion",
            Self::BadLabelCount => "badLabelCount",
            Self::BadCursor => "badCursor",
            Self::UnknownLabel => "unknownLabel",
            Self::TransitDenied => "transitDenied",
            Self::HopLimit => "hopLimit",
            Self::LabelsLeft => "labelsLeft",
            Self::NoLabelLeft => "noLabelLeft",
            Self::Operations => "operations",
            Self::LinkDown => "linkDown",
            Self::LinkFull => "linkFull",
            Self::LoopbackFull => "loopbackFull",
            Self::TooLarge => "tooLarge",
            Self::TransitLimit => "transitLimit",
            Self::Circling => "circling",
        }
    }
}
