//! Why a packet is dropped.

/// Why a packet is dropped. The numbers are the indexes of the counters, and the names those of docs/protocol/mesh-packet.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum DropCause {
    /// The packet is shorter than its header says.
    TooShort = 1,
    /// The packet has an unknown protocol version.
    UnknownVersion,
    /// The packet has no labels, or more than a header may hold.
    BadLabelCount,
    /// The cursor points behind the last label.
    BadCursor,
    /// The label is unknown on the link that the packet came by.
    UnknownLabel,
    /// The table does not permit the pair of links, or the packet is of this vertex itself.
    TransitDenied,
    /// The packet would be forwarded with a hop limit of 0.
    HopLimit,
    /// The packet would be delivered here, but has labels left.
    LabelsLeft,
    /// The packet would be forwarded, but has no label for the next vertex.
    NoLabelLeft,
    /// The label is 2, and the packet is not a trace question.
    Operations,
    /// The out-link is not up.
    LinkDown,
    /// The queue of the out-link, or the way to it, is full.
    LinkFull,
    /// Too many bytes wait for services of this vertex itself.
    LoopbackFull,
    /// The packet is larger than the out-link's MTU.
    TooLarge,
    /// The limits from the in-link to the out-link are reached.
    TransitLimit,
    /// The packet has passed before from the same in-link to the same out-link.
    Circling,
}

/// Counters by cause; index 0 is unused.
pub type DropCounts = [u64; DropCause::ALL.len() + 1];

/// The label of a recently dropped packet, by cause; 0: none is known.
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
