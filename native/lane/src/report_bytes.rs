//! The rows of a report of transit as bytes: doubles, big-endian, one behind the other. packages/data-plane/src/lane-transit.ts reads them.
//!
//! ```text
//!   links, pairs, labels and classes: how many rows each
//!   link     link, packets forwarded, bytes in, packets out, bytes out, packets refused, how many drops, and of each: cause, packets, label
//!   pair     link, out-link, packets passed, packets limited
//!   label    link, label, packets
//!   class    link, out-link, share, class, packets, bytes, packets denied
//! ```

use florenetes_wire::mesh::{PermitRow, TransitReport};

/// Appends the rows of a report.
pub(crate) fn write_rows(TransitReport { links, pairs, labels, classes, .. }: &TransitReport, out: &mut Vec<u8>) {
    let mut write = |number: u64| out.extend_from_slice(&(number as f64).to_be_bytes());
    [links.len(), pairs.len(), labels.len(), classes.len()].into_iter().for_each(|length| write(length as u64));
    for row in links {
        write(row.link.into());
        [row.packets_forwarded, row.bytes_in, row.packets_out, row.bytes_out, row.packets_refused]
            .into_iter()
            .for_each(&mut write);
        write(row.drops.len() as u64);
        for (cause, packets, label) in &row.drops {
            [*cause as u64, *packets, (*label).into()].into_iter().for_each(&mut write);
        }
    }
    for row in pairs {
        [row.in_link.into(), row.out_link.into(), row.packets_passed, row.packets_dropped]
            .into_iter()
            .for_each(&mut write);
    }
    for row in labels {
        [row.link.into(), row.label.into(), row.packets].into_iter().for_each(&mut write);
    }
    for PermitRow { in_link, out_link, share, class, counts } in classes {
        [(*in_link).into(), (*out_link).into(), (*share).into(), (*class).into()].into_iter().for_each(&mut write);
        [counts.packets, counts.bytes, counts.packets_denied].into_iter().for_each(&mut write);
    }
}
