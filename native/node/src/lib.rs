//! The add-on: what JavaScript may call. Here, and in the system calls of `io`, is all that is `unsafe`.

// The functions that napi makes around ours are unsafe by their nature: they are called from C.
#![allow(unsafe_code)]
// JavaScript reaches all of it by napi's registrations, and no other crate by its path.
#![allow(unreachable_pub)]
// In a build for tests napi registers nothing.
#![cfg_attr(test, allow(dead_code))]

mod allowance_numbers;
mod cluster;
mod cluster_table;
mod lane;
mod lane_owner;
mod ledger;
mod limits;
mod live_counts;
mod qlog;
mod quic;
mod quic_settings;
mod segments;
mod values;

use napi_derive::napi;

use crate::limits::INTERFACE_VERSION;

/// Says which interface the add-on has.
#[napi(catch_unwind)]
pub fn interface_version() -> u32 {
    INTERFACE_VERSION
}
