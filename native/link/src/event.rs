use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use florenetes_engine::Closed;
use florenetes_florio::{FlorioError, PortEvent};
use florenetes_io::udp::UdpPeer;
use florenetes_lane::to_bytes::ToBytes;
use florenetes_wire::mesh::{Taken, TransitReport};

// Events are declared in native/declaration/link.mjs.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/link/events.rs"));

impl Event {
    pub(crate) fn of_port(cluster: u32, event: PortEvent) -> Self {
        match event {
            PortEvent::Connected => Self::PortConnected { cluster },
            PortEvent::Disconnected => Self::PortDisconnected { cluster },
            PortEvent::Writable => Self::PortWritable { cluster },
            PortEvent::ForeignVersion(version) => Self::PortVersion { cluster, version },
        }
    }
}
