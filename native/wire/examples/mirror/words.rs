//! The words of a line.

use florenetes_wire::mesh::{Allowance, PermitCounts, PermitRow};
use std::fmt::{Debug, Write};
use std::str::{FromStr, SplitAsciiWhitespace};

pub(crate) struct Words<'a>(SplitAsciiWhitespace<'a>);

impl<'a> Words<'a> {
    pub(crate) fn new(line: &'a str) -> Self {
        Self(line.split_ascii_whitespace())
    }

    pub(crate) fn text(&mut self) -> &'a str {
        self.0.next().unwrap_or("")
    }

    pub(crate) fn number<T: FromStr<Err: Debug>>(&mut self) -> T {
        self.text().parse().expect("a number")
    }

    /// `-` stands for none.
    pub(crate) fn option<T: FromStr<Err: Debug>>(&mut self) -> Option<T> {
        let text = self.text();
        (text != "-").then(|| text.parse().expect("a number"))
    }

    /// Classes and rate of an allowance; `-` stands for none.
    pub(crate) fn allowance(&mut self) -> Option<Allowance> {
        let classes = self.option()?;
        Some(Allowance { classes, bits_per_second: self.number() })
    }

    /// Hexadecimal; nothing at all for no bytes.
    pub(crate) fn bytes(&mut self) -> Vec<u8> {
        let text = self.text();
        (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hexadecimal")).collect()
    }
}

pub(crate) fn class_text(row: &PermitRow) -> String {
    let PermitCounts { packets, bytes, packets_denied } = row.counts;
    let PermitRow { in_link, out_link, share, class, .. } = row;
    format!("{in_link}>{out_link}/{share}:{class}:{packets}/{bytes}/{packets_denied}")
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, octet| {
        write!(text, "{octet:02x}").expect("a string takes all");
        text
    })
}
