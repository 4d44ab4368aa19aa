//! The data thread of link-flor: orders go in, a bell says that there are events.

use std::sync::Arc;

use florenetes_engine::Guarded;
use florenetes_link::{Adoption, Event, Figures, LiveCounts, Order};
use florenetes_wire::mesh::{LinkRow, Seeds, TransitChange};
use napi::bindgen_prelude::{Buffer, Error, Function, Result, Uint8Array};
use napi_derive::napi;

use crate::allowance_numbers::{allowance, share};
use crate::lane_owner::{HeardPartners, LaneOwner, bell_of};
use crate::live_counts::NativeLiveCounts;
use crate::quic::NativeConnection;
use crate::values::{address, time, transit_limits, udp_peer};

// Orders, and the objects that they have, are declared in native/declaration/link-orders.mjs.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/node/link_orders.rs"));

/// The data thread of link-flor.
#[napi]
pub struct NativeLane {
    owner: LaneOwner<Order, Event, Figures>,
    heard: HeardPartners,
}

#[napi]
impl NativeLane {
    /// Starts the thread. `now` is the time by the caller's clock; `bell` is called when there are events, and not again before they
    /// are taken.
    #[napi(constructor, catch_unwind)]
    pub fn new(now: f64, bell: Function<'_, (), ()>) -> Result<Self> {
        let owner = LaneOwner::new(florenetes_link::start(now, bell_of(&bell)?))?;
        Ok(Self { owner, heard: HeardPartners::default() })
    }

    /// Stops the thread, and waits for it.
    #[napi(catch_unwind)]
    pub fn close(&mut self) {
        self.owner.close();
    }

    /// All events that wait, as native/declaration/link.mjs has them; null: there are none.
    #[napi(catch_unwind)]
    pub fn take_events(&self) -> Option<Buffer> {
        self.owner.take_events()
    }

    /// Gives the orders that had to wait. False: some still do.
    #[napi(catch_unwind)]
    pub fn flush(&mut self) -> bool {
        self.owner.flush()
    }

    /// Looks whether the thread goes on; to be called each second. One that has not for ten of them ends the process.
    #[napi(catch_unwind)]
    pub fn watch(&mut self) {
        self.owner.watch();
    }

    /// The figures of a cluster, likewise; null: the thread does not answer.
    #[napi(catch_unwind)]
    pub fn figures(&self, cluster: u32) -> Option<Buffer> {
        self.owner.figures(cluster)
    }

    #[napi(catch_unwind)]
    pub fn remove_cluster(&mut self, cluster: u32) -> Result<()> {
        self.heard.forget(cluster);
        self.give(Order::RemoveCluster { cluster }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn set_known_message(&mut self, cluster: u32, message: &[u8]) -> Result<()> {
        let heard = self.heard.of(cluster)?;
        self.give(Order::SetKnownMessage { cluster, message: message.into(), heard }).map(drop)
    }

    /// How many milliseconds ago the known message came last; null: it did not.
    #[napi(catch_unwind)]
    pub fn heard_milliseconds_ago(&self, cluster: u32) -> Option<f64> {
        self.heard.milliseconds_ago(cluster)
    }

    /// The connection is the thread's from then on: what is left here has ended.
    #[napi(catch_unwind)]
    pub fn adopt(&mut self, adoption: NativeAdoption, connection: &mut NativeConnection) -> Result<NativeLiveCounts> {
        let counts = Arc::<LiveCounts>::default();
        let adoption = adoption_of(adoption, connection.take(), Arc::clone(&counts))?;
        self.give(Order::Adopt(Box::new(adoption)))?;
        Ok(NativeLiveCounts(counts))
    }

    fn give(&mut self, order: Order) -> Result<bool> {
        self.owner.give(order)
    }
}

fn bytes_of<const LENGTH: usize>(bytes: &[u8]) -> Result<[u8; LENGTH]> {
    bytes.try_into().map_err(|_| Error::from_reason("a connection ID has 8 bytes, and a probe key 16"))
}

/// Changes of a label table are five numbers each: the operation, and link, label, out-link and out-label, as far as it has them. A permission has
/// its allowance and its share in the place of the labels.
fn read_changes(changes: &[u32]) -> Vec<TransitChange> {
    changes.as_chunks().0.iter().map(read_change).collect()
}

fn read_change(&[operation, link, label, out_link, out_label]: &[u32; 5]) -> TransitChange {
    match operation {
        1 => TransitChange::Link { link, label },
        2 => {
            let (share, allowance) = (share(out_label), allowance(label, out_label));
            TransitChange::Permit { link, out_link, share, allowance }
        }
        3 => TransitChange::Forbid { link, out_link },
        4 => TransitChange::Swap { link, label, out_link, out_label },
        5 => TransitChange::End { link, label },
        6 => TransitChange::Remove { link, label },
        _ => TransitChange::Unknown,
    }
}
