//! Packets that only pass through: from the session that has received them to the one that sends them.

use std::ops::Range;
use std::time::{Duration, Instant};

use florenetes_wire::mesh::{Passage, Transit, TransitReport};

use crate::carrier::Carrier;
use crate::event::Event;
use crate::figures::TransitFigures;
use crate::limits::SWEPT_PER_TURN;
use crate::order::Order;
use florenetes_lane::Now;

/// Bytes before a packet that hold its length, as in a DATA frame.
const LENGTH_SIZE: usize = 2;

/// Packets of one session that were let through, one behind the other as in DATA frames: they leave when all of the session's packets are
/// read.
#[derive(Default)]
pub(crate) struct Crossed {
    bytes: Vec<u8>,
    /// Those that stand together and have one handle.
    runs: Vec<(u32, Range<usize>)>,
}

/// The way of a session's packets through transit.
pub(crate) struct Crossing<'a> {
    transit: &'a mut Transit,
    in_link: u32,
    crossed: &'a mut Crossed,
}

impl Crossed {
    /// The way for packets under a handle; `None`: there is none.
    pub(crate) fn from<'a>(&'a mut self, handle: u32, transit: &'a mut Transit) -> Option<Crossing<'a>> {
        let in_link = transit.link_of(handle)?;
        Some(Crossing { transit, in_link, crossed: self })
    }
}

impl Crossing<'_> {
    /// Takes a packet if it only passes through. False: it is for the cluster vertex.
    pub(crate) fn take(&mut self, packet: &[u8], now: Duration) -> bool {
        let Crossed { bytes, runs } = self.crossed;
        let start = bytes.len();
        // No packet of a session is longer than a length of two bytes says.
        bytes.extend_from_slice(&(packet.len() as u16).to_be_bytes());
        bytes.extend_from_slice(packet);
        let passage = self.transit.handle_packet(self.in_link, &mut bytes[start + LENGTH_SIZE..], now);
        let Passage::Out { handle } = passage else {
            bytes.truncate(start);
            return passage == Passage::Dropped;
        };
        match runs.last_mut() {
            Some((of_run, run)) if *of_run == handle => run.end = bytes.len(),
            _ => runs.push((handle, start..bytes.len())),
        }
        true
    }
}

impl Carrier {
    /// Gives the sessions of a cluster what has crossed to them.
    pub(crate) fn send_crossed(&mut self, cluster: usize, now: Now) {
        let Crossed { bytes, runs } = &mut self.crossed;
        for (handle, Range { start, end }) in runs.drain(..) {
            let cluster = &mut self.clusters[cluster];
            let carrier = cluster.route(handle).filter(|place| self.sessions[*place].is_up());
            let Some(place) = carrier else {
                // It has gone down, which transit is told in a moment.
                cluster.drops.packets_no_route += packets_in(&bytes[start..end]);
                continue;
            };
            self.sessions[place].send(&mut bytes[..end], start, now);
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

    /// Gives back some of what tables held that are gone, and takes another turn if there is more.
    pub(crate) fn sweep(&mut self, now: Instant) {
        for transit in self.clusters.iter_mut().filter_map(|cluster| cluster.transit.as_mut()) {
            if transit.sweep(SWEPT_PER_TURN) {
                self.due_at = Some(now);
            }
        }
    }
}

pub(crate) fn figures_of(transit: &Transit) -> TransitFigures {
    TransitFigures { labels: transit.labels(), packets_decided: transit.packets_decided() }
}

/// The next report. One that was asked for because another was taken is made only if that one had no room for all.
fn tell(transit: &mut Transit, table: u32, reader: u32, taken: u32) -> Option<TransitReport> {
    let is_asked = taken == 0 || transit.handle_report_taken(taken);
    if is_asked { transit.report(table, reader) } else { None }
}

/// How many packets lie there.
fn packets_in(mut bytes: &[u8]) -> u64 {
    let mut count = 0;
    while let Some((length, rest)) = bytes.split_first_chunk() {
        bytes = rest.get(usize::from(u16::from_be_bytes(*length))..).unwrap_or_default();
        count += 1;
    }
    count
}
