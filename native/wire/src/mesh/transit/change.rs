//! The changes of a table, as a cluster vertex sends them.

use crate::mesh::entry::{Operation, Scope, TableError};
use crate::mesh::tables::{Change, ChangeError};

/// A change of a label table (docs/protocol/portal-api.md). Links go by the order in which they were added to it, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransitChange {
    /// A link, by its number here.
    Link {
        /// Beyond [`TRANSIT_LINKS_MAX`](crate::limits::TRANSIT_LINKS_MAX): there are too many.
        link: u32,
        /// Its adjacency label.
        label: u32,
    },
    /// Adjacency labels may lead from a link to another.
    Permit {
        /// The link that packets come by.
        link: u32,
        /// The link that they go out on.
        out_link: u32,
    },
    /// Adjacency labels may not lead from that link to the other any more.
    Forbid {
        /// The link that packets come by.
        link: u32,
        /// The link that they go out on.
        out_link: u32,
    },
    /// Half of a cross-connect.
    Swap {
        /// The link that packets come by.
        link: u32,
        /// The label that comes.
        label: u32,
        /// The link that they go out on.
        out_link: u32,
        /// The label that goes.
        out_label: u32,
    },
    /// An LSP ends.
    End {
        /// The link that packets come by.
        link: u32,
        /// Its label.
        label: u32,
    },
    /// The label means nothing any more on that link; if it is the link's adjacency label, on none.
    Remove {
        /// Whose packets.
        link: u32,
        /// The label.
        label: u32,
    },
    /// Something of a later version.
    Unknown,
}

/// Why a table is not taken: the codes of the Portal API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A change makes no sense.
    Invalid,
    /// More labels, links or pairs of links than are taken.
    Full,
}

/// Links by their numbers here, and the adjacency label that each has.
pub(super) trait Numbers {
    /// The link that the table has under that number.
    fn link(&self, number: u32) -> Result<u32, Refusal>;

    /// The adjacency label of a link; 0: it has none any more.
    fn adjacency(&self, link: u32) -> u32;
}

impl TransitChange {
    /// The change as tables take it.
    pub(super) fn numbered(self, numbers: &impl Numbers) -> Result<Change, Refusal> {
        Ok(match self {
            Self::Link { link, label } => Change::AddLink { link, label },
            Self::Permit { link, out_link } => {
                Change::Permit { in_link: numbers.link(link)?, out_link: numbers.link(out_link)? }
            }
            Self::Forbid { link, out_link } => {
                Change::Forbid { in_link: numbers.link(link)?, out_link: numbers.link(out_link)? }
            }
            Self::Swap { link, label, out_link, out_label } => Change::AddEntry {
                scope: Scope::Link(numbers.link(link)?),
                label,
                operation: Operation::Swap { out_link: numbers.link(out_link)?, out_label },
            },
            Self::End { link, label } => {
                Change::AddEntry { scope: Scope::Link(numbers.link(link)?), label, operation: Operation::End }
            }
            Self::Remove { link, label } => {
                let link = numbers.link(link)?;
                let scope = if numbers.adjacency(link) == label { Scope::All } else { Scope::Link(link) };
                Change::RemoveEntry { scope, label }
            }
            Self::Unknown => return Err(Refusal::Invalid),
        })
    }
}

impl From<ChangeError> for Refusal {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Table(TableError::Full) => Self::Full,
            ChangeError::Table(_) | ChangeError::Missing | ChangeError::Generation => Self::Invalid,
        }
    }
}
