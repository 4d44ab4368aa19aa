//! Values that orders of both threads have, made of those of JavaScript's.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use florenetes_io::udp::{LocalAddress, UdpPeer};
use florenetes_wire::mesh::TransitLimits;
use napi::bindgen_prelude::{Error, Result, Uint8ArraySlice};

/// The address of an IP address with the number of its interface, if it has one (`fe80::1%2`).
pub(crate) fn address(host: &str, port: u16) -> Result<SocketAddr> {
    let address = match host.parse::<IpAddr>() {
        Ok(ip) => Some(SocketAddr::new(ip, port)),
        Err(_) => format!("[{host}]:{port}").parse().ok(),
    };
    address.ok_or_else(|| Error::from_reason(format!("\"{host}\" is no IP address")))
}

/// A peer at `host` and `port`, and the address of ours that it has sent to; an empty one is not known.
pub(crate) fn udp_peer(host: &str, port: u16, local: &str) -> Result<UdpPeer> {
    let local = (!local.is_empty()).then(|| address(local, 0)).transpose()?;
    Ok(UdpPeer { address: address(host, port)?, local: local.map(LocalAddress::from) })
}

pub(crate) fn transit_limits(packets_per_second: f64, bytes_per_second: f64) -> TransitLimits {
    TransitLimits { packets_per_second: packets_per_second as u64, bytes_per_second: bytes_per_second as u64 }
}

pub(crate) fn time(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1_000.0).unwrap_or(Duration::MAX)
}

/// The bytes of an array of JavaScript's, for as long as the call lasts.
pub(crate) fn writable(mut array: Uint8ArraySlice<'_>) -> &mut [u8] {
    // SAFETY: the array lives until the call from JavaScript returns, JavaScript stands still meanwhile, and nobody else has a
    // reference to these bytes: JavaScript gives each function arrays that do not overlap, and nothing here keeps one.
    unsafe { std::slice::from_raw_parts_mut(array.as_mut().as_mut_ptr(), array.len()) }
}
