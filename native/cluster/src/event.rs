use std::io;
use std::sync::Arc;

use florenetes_engine::Closed;
use florenetes_florio::{FlorioError, PortEvent};
use florenetes_lane::to_bytes::ToBytes;
use florenetes_wire::mesh::{Destination, DropCause};

use crate::message::Pressure;

// Events are declared in native/declaration/cluster.mjs.
include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/cluster/events.rs"));

/// A tunnel or a service, as the account that streams and flows are counted under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Account {
    /// The tunnel with this number.
    Tunnel(u32),
    /// The service with this number.
    Service(u32),
}

impl ToBytes for Account {
    fn write(&self, out: &mut Vec<u8>) {
        let (number, is_service) = match self {
            Self::Tunnel(tunnel) => (tunnel, false),
            Self::Service(service) => (service, true),
        };
        number.write(out);
        is_service.write(out);
    }
}

impl ToBytes for Pressure {
    fn write(&self, out: &mut Vec<u8>) {
        self.level.write(out);
        self.score.write(out);
        self.reasons.write(out);
    }
}

impl Event {
    pub(crate) fn of_port(port: u32, event: PortEvent) -> Self {
        match event {
            PortEvent::Connected => Self::PortConnected { port },
            PortEvent::Disconnected => Self::PortDisconnected { port },
            PortEvent::Writable => Self::PortWritable { port },
            PortEvent::ForeignVersion(version) => Self::PortVersion { port, version },
        }
    }
}
