//! Orders about transit, and packets that have crossed.

use std::ops::Range;
use std::time::Instant;

use florenetes_wire::mesh::{Transit, TransitReport};

use crate::carrier::Carrier;
use crate::crossing::{Crossed, packets_in};
use crate::event::Event;
use crate::limits::SWEPT_PER_TURN;
use crate::order::Order;
use florenetes_lane::Now;

impl Carrier {
    /// Gives the packets that have crossed to the sessions of a cluster that carry their handles.
    pub(crate) fn send_crossed(&mut self, cluster: usize, now: Now) {
        let Crossed { bytes, in_link, runs } = &mut self.crossed;
        for (handle, Range { start, end }) in runs.drain(..) {
            let cluster = &mut self.clusters[cluster];
            let carrier = cluster.route(handle).filter(|place| self.sessions[*place].is_up());
            let Some(place) = carrier else {
                // The handle's session has gone down, which transit is told in a moment.
                cluster.drops.packets_no_route += packets_in(&bytes[start..end]);
                continue;
            };
            self.sessions[place].send(&mut bytes[..end], start, *in_link, now);
            self.sessions.mark_dirty(place);
        }
        bytes.clear();
    }

    pub(crate) fn handle_transit_order(&mut self, cluster: u32, order: Order) {
        let place = self.cluster_place(cluster);
        if let Order::OpenTransit { seeds, .. } = order {
            self.clusters[place].transit = Some(Transit::new(seeds));
            return;
        }
        let Some(transit) = &mut self.clusters[place].transit else { return };
        let event = match order {
            Order::SetTransitLink { link, row, .. } => return transit.set_link(link, row),
            Order::BeginTransit { table, whole, limits, .. } => return transit.begin(table, whole, limits),
            Order::DropTransit { table, .. } => return transit.drop_table(table),
            Order::ChangeTransit { table, first, changes, .. } => {
                transit.change(table, first, &changes).map(|taken| Event::TransitTaken { cluster, table, taken })
            }
            Order::TellTransit { table, reader, taken, .. } => tell(transit, table, reader, taken)
                .map(|report| Event::TransitCounted { cluster, reader, report: Box::new(report) }),
            _ => unreachable!("it is about transit"),
        };
        event.into_iter().for_each(|event| self.events.push(event));
    }

    /// Gives back some memory of removed tables, and takes another turn if more is left.
    pub(crate) fn sweep(&mut self, now: Instant) {
        for transit in self.clusters.iter_mut().filter_map(|cluster| cluster.transit.as_mut()) {
            if transit.sweep(SWEPT_PER_TURN) {
                self.due_at = Some(now);
            }
        }
        self.retired.retain_mut(|transit| transit.sweep(SWEPT_PER_TURN));
        if !self.retired.is_empty() {
            self.due_at = Some(now);
        }
    }
}

/// Makes the next report. A report that was asked for because another was taken is made only if that one had no room for all.
fn tell(transit: &mut Transit, table: u32, reader: u32, taken: u32) -> Option<TransitReport> {
    let is_asked = taken == 0 || transit.handle_report_taken(taken);
    if is_asked { transit.report(table, reader) } else { None }
}
