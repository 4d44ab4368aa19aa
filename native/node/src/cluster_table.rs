//! The label table as numbers, five for each entry: packages/data-plane/src/cluster.ts has the same.
//!
//! ```text
//!   0   kind: 1 link, 2 permission, 3 swap, 4 end of an LSP, 5 service
//!   1   the link, or the in-link (permission, swap, end), or the service
//!   2   the label; of a permission the out-link
//!   3   out-link    4   label to be written (swap); both: what may pass, and whose (permission)
//! ```
//!
//! The second label of a link is a second entry of it, behind the first.

use crate::allowance_numbers::{allowance, share};
use florenetes_wire::mesh::{Change, Operation, Scope};
use napi::bindgen_prelude::{Error, Result};

const NUMBERS: usize = 5;

pub(crate) fn table(numbers: &[u32]) -> Result<Vec<Change>> {
    numbers.chunks(NUMBERS).map(entry).collect()
}

fn entry(numbers: &[u32]) -> Result<Change> {
    let &[kind, subject, label, out_link, out_label] = numbers else { return Err(unknown()) };
    Ok(match kind {
        1 => Change::AddLink { link: subject, label },
        2 => {
            let (share, allowance) = (share(out_label), allowance(out_link, out_label));
            Change::Permit { in_link: subject, out_link: label, share, allowance }
        }
        3 => {
            Change::AddEntry { scope: Scope::Link(subject), label, operation: Operation::Swap { out_link, out_label } }
        }
        4 => Change::AddEntry { scope: Scope::Link(subject), label, operation: Operation::End },
        5 => Change::AddEntry { scope: Scope::All, label, operation: Operation::Deliver { service: subject } },
        _ => return Err(unknown()),
    })
}

fn unknown() -> Error {
    Error::from_reason("an entry of the label table has five numbers, of which the first is its kind")
}
