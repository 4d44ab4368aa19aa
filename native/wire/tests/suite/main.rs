//! Tests that need no process of their own are one program: each program takes as long to build as all of its tests take to run.

#[path = "../fixtures/mod.rs"]
mod fixtures;

mod exchanged;
mod permits;
mod pieces;
mod queue;
mod shares;
mod table_changes;
mod transit;
mod vectors;
