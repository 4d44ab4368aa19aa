//! Orders about transit, for JavaScript.
//!
//! Changes of a label table are five numbers each: the operation, and link, label, out-link and out-label, as far as it has them.
//!
//! ```text
//!   0 unknown   1 link   2 permit   3 forbid   4 swap   5 end   6 remove
//! ```

use florenetes_link::Order;
use florenetes_wire::mesh::{LinkRow, Seeds, TransitChange, TransitLimits};
use napi::bindgen_prelude::{Result, Uint32Array};
use napi_derive::napi;

use crate::lane::NativeLane;

#[napi]
impl NativeLane {
    /// The seeds are 32 random bits each.
    #[napi(catch_unwind)]
    pub fn open_transit(
        &mut self,
        cluster: u32,
        packets_seed: u32,
        table_seed_high: u32,
        table_seed_low: u32,
    ) -> Result<()> {
        let table = u64::from(table_seed_high) << 32 | u64::from(table_seed_low);
        self.give(Order::OpenTransit { cluster, seeds: Seeds { packets: packets_seed, table } }).map(drop)
    }

    /// Handle 0: the link is not up.
    #[napi(catch_unwind)]
    pub fn set_transit_link(
        &mut self,
        cluster: u32,
        link: u32,
        handle: u32,
        mtu: u32,
        preferred_mtu: u32,
    ) -> Result<()> {
        let row = LinkRow { handle, mtu: mtu as usize, preferred_mtu: preferred_mtu as usize };
        self.give(Order::SetTransitLink { cluster, link, row }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn begin_transit(
        &mut self,
        cluster: u32,
        table: u32,
        whole: u32,
        packets_per_second: f64,
        bytes_per_second: f64,
    ) -> Result<()> {
        let limits =
            TransitLimits { packets_per_second: packets_per_second as u64, bytes_per_second: bytes_per_second as u64 };
        self.give(Order::BeginTransit { cluster, table, whole, limits }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn change_transit(&mut self, cluster: u32, table: u32, first: u32, changes: Uint32Array) -> Result<()> {
        let changes = changes.as_chunks().0.iter().map(read_change).collect();
        self.give(Order::ChangeTransit { cluster, table, first, changes }).map(drop)
    }

    #[napi(catch_unwind)]
    pub fn drop_transit(&mut self, cluster: u32, table: u32) -> Result<()> {
        self.give(Order::DropTransit { cluster, table }).map(drop)
    }

    /// `taken`: the report that the reader has taken, or 0.
    #[napi(catch_unwind)]
    pub fn tell_transit(&mut self, cluster: u32, table: u32, reader: u32, taken: u32) -> Result<()> {
        self.give(Order::TellTransit { cluster, table, reader, taken }).map(drop)
    }
}

fn read_change(&[operation, link, label, out_link, out_label]: &[u32; 5]) -> TransitChange {
    match operation {
        1 => TransitChange::Link { link, label },
        2 => TransitChange::Permit { link, out_link },
        3 => TransitChange::Forbid { link, out_link },
        4 => TransitChange::Swap { link, label, out_link, out_label },
        5 => TransitChange::End { link, label },
        6 => TransitChange::Remove { link, label },
        _ => TransitChange::Unknown,
    }
}
