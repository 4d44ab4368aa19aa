//! Events and figures as bytes, for one call takes all that wait: packages/data-plane reads them. Integers are big-endian; texts, bytes and lists
//! stand behind their length (4).
//!
//! Which fields they have is declared in native/declaration. The types of fields that more than one crate has, or that no crate of a lane's owns,
//! are here.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use florenetes_engine::{CloseCause, Closed};
use florenetes_florio::{FlorioCounters, FlorioError, PortFigures};
use florenetes_io::udp::UdpPeer;
use florenetes_wire::mesh::{
    Destination, DropCause, ExchangedRow, PairCounts, PermitRow, Refusal, Taken, TransitReport,
};
use florenetes_wire::queue::ClassCounts;

use crate::report_bytes::write_rows;

include!(concat!(env!("CARGO_MANIFEST_DIR"), "/../made/declared/lane/figures.rs"));

/// A thing that TypeScript reads.
pub trait ToBytes {
    /// Appends it.
    fn write(&self, out: &mut Vec<u8>);

    /// Appends a list of them, behind how many they are (4).
    fn write_all(all: &[Self], out: &mut Vec<u8>)
    where
        Self: Sized,
    {
        write_length(all.len(), out);
        all.iter().for_each(|each| each.write(out));
    }
}

/// Appends whether it is there (1), and what it is.
pub fn write_option<T: ToBytes>(option: Option<&T>, out: &mut Vec<u8>) {
    option.is_some().write(out);
    if let Some(value) = option {
        value.write(out);
    }
}

fn write_length(length: usize, out: &mut Vec<u8>) {
    (length as u32).write(out);
}

macro_rules! in_network_order {
    ($($type:ty)*) => {$(
        impl ToBytes for $type {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_be_bytes());
            }
        }
    )*};
}
in_network_order!(u16 u32 i32 f64);

impl ToBytes for u8 {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }

    fn write_all(all: &[Self], out: &mut Vec<u8>) {
        write_length(all.len(), out);
        out.extend_from_slice(all);
    }
}

impl ToBytes for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }
}

/// Counts are doubles: numbers of JavaScript hold them for longer than any process lives.
impl ToBytes for u64 {
    fn write(&self, out: &mut Vec<u8>) {
        (*self as f64).write(out);
    }
}

impl ToBytes for usize {
    fn write(&self, out: &mut Vec<u8>) {
        (*self as f64).write(out);
    }
}

/// Milliseconds.
impl ToBytes for Duration {
    fn write(&self, out: &mut Vec<u8>) {
        (self.as_secs_f64() * 1_000.0).write(out);
    }
}

/// Below zero where there is none.
impl ToBytes for Option<Duration> {
    fn write(&self, out: &mut Vec<u8>) {
        self.map_or(-1.0, |time| time.as_secs_f64() * 1_000.0).write(out);
    }
}

/// All bits are set where there is none.
impl ToBytes for Option<u32> {
    fn write(&self, out: &mut Vec<u8>) {
        self.unwrap_or(u32::MAX).write(out);
    }
}

/// All bits are set where there is none.
impl ToBytes for Option<u8> {
    fn write(&self, out: &mut Vec<u8>) {
        self.unwrap_or(u8::MAX).write(out);
    }
}

impl ToBytes for (u64, u64) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }
}

impl<T: ToBytes> ToBytes for [T] {
    fn write(&self, out: &mut Vec<u8>) {
        T::write_all(self, out);
    }
}

impl<T: ToBytes, const LENGTH: usize> ToBytes for [T; LENGTH] {
    fn write(&self, out: &mut Vec<u8>) {
        T::write_all(self, out);
    }
}

impl<T: ToBytes> ToBytes for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        T::write_all(self, out);
    }
}

impl ToBytes for str {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_bytes().write(out);
    }
}

impl ToBytes for String {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_bytes().write(out);
    }
}

impl ToBytes for Arc<str> {
    fn write(&self, out: &mut Vec<u8>) {
        self.as_bytes().write(out);
    }
}

/// The interface of a link-local address is told by its number: `fe80::1%2`.
impl ToBytes for SocketAddr {
    fn write(&self, out: &mut Vec<u8>) {
        self.port().write(out);
        match self {
            Self::V6(v6) if v6.scope_id() != 0 => format!("{}%{}", v6.ip(), v6.scope_id()).write(out),
            _ => self.ip().to_string().write(out),
        }
    }
}

impl ToBytes for UdpPeer {
    fn write(&self, out: &mut Vec<u8>) {
        self.address.write(out);
        self.local.map_or_else(String::new, |local| local.to_string()).write(out);
    }
}

impl ToBytes for io::Error {
    fn write(&self, out: &mut Vec<u8>) {
        self.raw_os_error().unwrap_or(0).write(out);
        self.to_string().write(out);
    }
}

impl ToBytes for FlorioError {
    fn write(&self, out: &mut Vec<u8>) {
        self.code.as_str().write(out);
        self.message.write(out);
    }
}

impl ToBytes for Closed {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(match self.cause {
            CloseCause::Peer => 0,
            CloseCause::Local => 1,
            CloseCause::Idle => 2,
            CloseCause::Reset => 3,
        });
        self.is_application.write(out);
        self.code.write(out);
        self.reason.write(out);
    }
}

impl ToBytes for Destination {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Service(service) => Some(*service),
            Self::Connection => None,
        }
        .write(out);
    }
}

impl ToBytes for DropCause {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(*self as u8);
    }
}

impl ToBytes for Taken {
    fn write(&self, out: &mut Vec<u8>) {
        self.changes.write(out);
        out.push(match self.refusal {
            None => 0,
            Some(Refusal::Invalid) => 1,
            Some(Refusal::Full) => 2,
        });
    }
}

impl ToBytes for Box<TransitReport> {
    fn write(&self, out: &mut Vec<u8>) {
        self.number.write(out);
        write_rows(self, out);
    }
}
