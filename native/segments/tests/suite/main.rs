//! Packets that are joined and cut come out as they went in.

mod cutting;
mod joining;
mod segment;
