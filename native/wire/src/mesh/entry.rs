//! Entries of the label table.

use crate::limits::{LABEL_MAX, LABEL_MIN};
use std::fmt;

/// The packets that an entry of the label table holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Packets of all links, and, for services, also packets of the vertex itself.
    All,
    /// Packets of one link.
    Link(u32),
}

/// The operation for a packet whose cursor is at a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The packet goes out on the link whose adjacency label this is.
    Pop {
        /// The link that the packet goes out on.
        out_link: u32,
    },
    /// The packet goes out under another label: a cross-connect.
    Swap {
        /// The link that the packet goes out on.
        out_link: u32,
        /// The label that is written into the packet.
        out_label: u32,
    },
    /// An LSP ends here, and the next label is read.
    End,
    /// The packet is for a service of this vertex.
    Deliver {
        /// The service's number.
        service: u32,
    },
}

/// A number that names an entry, from its scope and label, or a pair of links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key(u64);

const ALL_LINKS: u32 = u32::MAX;

impl Key {
    pub(super) fn new(scope: Scope, label: u32) -> Self {
        let link = match scope {
            Scope::All => ALL_LINKS,
            Scope::Link(link) => link,
        };
        Self(u64::from(link) << 32 | u64::from(label))
    }

    /// The key of a pair of links.
    pub(super) fn pair(in_link: u32, out_link: u32) -> Self {
        Self(u64::from(in_link) << 32 | u64::from(out_link))
    }

    pub(super) fn number(self) -> u64 {
        self.0
    }

    /// The scope and the label of an entry.
    pub(super) fn parts(self) -> (Scope, u32) {
        let link = (self.0 >> 32) as u32;
        (if link == ALL_LINKS { Scope::All } else { Scope::Link(link) }, self.0 as u32)
    }
}

/// Why an entry cannot be added to the table. The codes are those of the cluster vertex's config (docs/operate/errors.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableError {
    /// The number is no label: it has more than 20 bits.
    Range,
    /// Labels below 16 are reserved.
    Reserved,
    /// The label already has another entry for packets of the same link.
    Conflict,
    /// No link has that number.
    Link,
    /// The number is no share: it has more than 12 bits, or the permit for it has no limits.
    Share,
    /// The table has as many entries as it may have.
    Full,
}

impl TableError {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Range => "ERR_LABEL_RANGE",
            Self::Reserved => "ERR_LABEL_RESERVED",
            Self::Conflict => "ERR_LABEL_CONFLICT",
            Self::Link => "ERR_LABEL_LINK",
            Self::Share => "ERR_LABEL_SHARE",
            Self::Full => "ERR_LABEL_TABLE_FULL",
        }
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for TableError {}

pub(super) fn check_label(label: u32) -> Result<(), TableError> {
    match label {
        LABEL_MIN..=LABEL_MAX => Ok(()),
        0..LABEL_MIN => Err(TableError::Reserved),
        _ => Err(TableError::Range),
    }
}
