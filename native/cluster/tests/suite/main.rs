//! Tests of the data thread that need no process of their own are one program: each program takes as long to build as all of its tests take to run.

#[path = "../support/mod.rs"]
mod support;

mod access;
mod beside;
mod classes;
mod connect_wait;
mod connections;
mod datagram_targets;
mod datagrams;
mod draining;
mod event_vectors;
mod floods;
mod grants;
mod heartbeats;
mod here;
mod hostile;
mod hostile_datagrams;
mod late_orders;
mod leading;
mod limits;
mod news;
mod offers;
mod other_ways;
mod own_asked;
mod own_flows;
mod own_opened;
mod own_streams;
mod reach;
mod relabelling;
mod session_sockets;
mod streams;
mod taken;
mod workloads;
