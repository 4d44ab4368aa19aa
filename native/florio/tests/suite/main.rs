//! Tests that need no process of their own are one program: each program takes as long to build as all of its tests take to run.

#[path = "../support/mod.rs"]
mod support;

mod outbox;
mod port;
mod vectors;
