//! The queue of packets that wait for a link (docs/protocol/link-protocol.md, Queues).

mod class_queue;
mod codel;
mod congestion;
mod control_share;
mod counts;
mod fair_turns;
mod in_link_places;
mod in_link_queue;
mod in_link_turns;
mod load;
mod packet_queue;
mod packet_store;
mod place;
mod share_queue;
mod share_turns;

pub use counts::ClassCounts;
pub use packet_queue::PacketQueue;
pub use place::Place;
