use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use florenetes_engine::Guarded;
use florenetes_florio::Heard;
use florenetes_io::udp::UdpPeer;
use florenetes_wire::mesh::{LinkRow, Seeds, TransitChange, TransitLimits};

use crate::figures::LiveCounts;
use crate::limits::{ID_LENGTH, PROBE_KEY_LENGTH};

// Orders are declared in native/declaration/link-orders.mjs.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/link/orders.rs"));
