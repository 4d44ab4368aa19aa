//! Does what its input says, line by line, and answers each with a line: so another implementation is compared with this one.
//! Whoever changes what a line means changes test-e2e/src/native, too.

#![allow(clippy::print_stdout, reason = "its answers")]

mod forwarding;
mod frames;
mod pieces;
mod transit;
mod words;

use std::io::{BufRead, BufWriter, Write, stdin, stdout};
use words::Words;

fn main() -> std::io::Result<()> {
    let mut forwarding = forwarding::Mirror::new();
    let mut pieces = pieces::Mirror::new();
    let mut transit = transit::Mirror::new();
    let mut out = BufWriter::new(stdout().lock());
    for line in stdin().lock().lines() {
        let line = line?;
        let mut words = Words::new(&line);
        let answer = match words.text() {
            "check" => frames::check_frame(&mut words.bytes()),
            command => pieces
                .handle(command, &mut words)
                .or_else(|| transit.handle(command, &mut words))
                .unwrap_or_else(|| forwarding.handle(command, &mut words)),
        };
        writeln!(out, "{answer}")?;
    }
    out.flush()
}
