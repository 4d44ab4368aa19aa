//! Changes of a label table, as a cluster vertex sends them.

use crate::mesh::entry::{Operation, Scope, TableError};
use crate::mesh::permit_bucket::Allowance;
use crate::mesh::tables::{Change, ChangeError};

/// A change of a label table (docs/protocol/portal-api.md). Links are numbered from 0 in the order in which they were added to the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransitChange {
    /// Adds a link, by its number at this link vertex.
    Link {
        /// The link's number at this link vertex. From [`TRANSIT_LINKS_MAX`](crate::limits::TRANSIT_LINKS_MAX) on, there are too many links.
        link: u32,
        /// The link's adjacency label.
        label: u32,
    },
    /// Adjacency labels may lead from a link to another.
    Permit {
        /// The link that packets come by.
        link: u32,
        /// The link that packets go out on.
        out_link: u32,
        /// Whose packets may pass; 0: those of no share, and of shares without a permit here.
        share: u16,
        /// The limits of what may pass; `None`: everything may, of no share.
        allowance: Option<Allowance>,
    },
    /// Adjacency labels may not lead from a link to another any more.
    Forbid {
        /// The link that packets come by.
        link: u32,
        /// The link that packets go out on.
        out_link: u32,
    },
    /// A direction of a cross-connect.
    Swap {
        /// The link that packets come by.
        link: u32,
        /// The label of incoming packets.
        label: u32,
        /// The link that packets go out on.
        out_link: u32,
        /// The label of outgoing packets.
        out_label: u32,
    },
    /// An LSP ends at this vertex.
    End {
        /// The link that packets come by.
        link: u32,
        /// The label of the LSP.
        label: u32,
    },
    /// Removes a label for the packets of a link; the link's adjacency label is removed for all links.
    Remove {
        /// The link whose packets the label is of.
        link: u32,
        /// The label.
        label: u32,
    },
    /// A change of a later version.
    Unknown,
}

/// Why a table is refused: the codes of the Portal API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A change is invalid.
    Invalid,
    /// The table has too many labels, links or pairs of links.
    Full,
}

/// Translates a table's link numbers to the numbers at this link vertex, and knows the adjacency labels.
pub(super) trait Numbers {
    /// The link that has this number in the table.
    fn link(&self, number: u32) -> Result<u32, Refusal>;

    /// The adjacency label of a link; 0: none any more.
    fn adjacency(&self, link: u32) -> u32;
}

impl TransitChange {
    /// The change with the link numbers of this link vertex.
    pub(super) fn numbered(self, numbers: &impl Numbers) -> Result<Change, Refusal> {
        Ok(match self {
            Self::Link { link, label } => Change::AddLink { link, label },
            Self::Permit { link, out_link, share, allowance } => {
                let (in_link, out_link) = (numbers.link(link)?, numbers.link(out_link)?);
                Change::Permit { in_link, out_link, share, allowance }
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
