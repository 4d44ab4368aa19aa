//! Tests of the data thread that need no process of their own are one program: each program takes as long to build as all of its tests take to run.

#[path = "../support/mod.rs"]
mod support;

mod event_vectors;
mod events;
mod hostile;
mod limits;
mod local_addresses;
mod marks;
mod packets;
mod transit;
