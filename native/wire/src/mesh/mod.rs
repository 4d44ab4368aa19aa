//! The mesh packet, and forwarding by labels (docs/protocol/mesh-packet.md).

mod cause;
mod entry;
mod fate;
mod forwarder;
mod header;
mod key_map;
mod label_guesses;
mod label_table;
mod loopback;
mod mix;
mod output;
mod pairs;
mod passed_packets;
mod permissions;
mod permit_bucket;
mod question;
mod share_buckets;
mod tables;
mod tallies;
mod traffic_class;
mod transit;

pub use cause::{DropCause, DropCounts, DropLabels};
pub use entry::{Operation, Scope, TableError};
pub use forwarder::{Forwarder, LinkCounts, Seeds};
pub use header::{LABEL_AGENT, LABEL_CONNECTION, LABEL_OPERATIONS, Packet, header_size, write_header};
pub use label_table::Destination;
pub use output::{Arrival, LinkState, Output, Way};
pub use pairs::{PairCounts, TransitLimits};
pub use permit_bucket::{Allowance, PermitCounts, PermitRow};
pub use question::Question;
pub use tables::{Change, ChangeError};
pub use traffic_class::TrafficClass;
pub use transit::{LabelRow, LinkCountsRow, LinkRow, Passage, Refusal, Taken, Transit, TransitChange, TransitReport};
