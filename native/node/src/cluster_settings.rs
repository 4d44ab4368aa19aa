//! Settings of the lane of cluster-flor, from objects.

use std::time::Duration;

use florenetes_cluster::{Limits, Settings};
use florenetes_wire::mesh::{Seeds, TransitLimits};
use napi::bindgen_prelude::{Error, Result, Uint8Array};
use napi_derive::napi;

/// All that the lane is started with.
#[napi(object)]
pub struct NativeClusterSettings {
    pub limits: NativeClusterLimits,
    pub packets_per_second: f64,
    pub bytes_per_second: f64,
    /// 12 random bytes.
    pub seed: Uint8Array,
    pub workloads_max: u32,
    pub tells_streams: bool,
}

/// Those limits of `TransportLimits` (apps/cluster-flor/src/transport/limits.ts) that the thread holds.
#[napi(object)]
pub struct NativeClusterLimits {
    pub connect_wait_ms: f64,
    pub silence_ms: f64,
    pub repeat_after_ms: f64,
    pub repeat_every_ms: f64,
    pub unreachable_ms: f64,
    pub repeat_idle_ms: f64,
    pub ping_busy_ms: f64,
    pub ping_idle_ms: f64,
    pub ping_path_ms: f64,
    pub open_ms: f64,
    pub dial_ms: f64,
    pub closing_ms: f64,
    pub linger_ms: f64,
    pub finish_ms: f64,
    pub restart_ms: f64,
    pub streams_per_connection: f64,
    pub stream_window: f64,
    pub stream_window_max: f64,
    pub memory_max: f64,
    pub memory_per_stream: f64,
    pub waiting_max: u32,
    pub packets_per_turn: u32,
    pub bytes_per_stream_turn: u32,
    pub opens_per_turn: u32,
    pub control_messages_per_turn: u32,
}

pub(crate) fn settings(of: &NativeClusterSettings) -> Result<Settings> {
    let Some((packets, table)) = of.seed.as_ref().split_first_chunk::<4>() else { return Err(wrong_seed()) };
    let table = table.try_into().map_err(|_| wrong_seed())?;
    Ok(Settings {
        limits: limits(&of.limits),
        transit: transit_limits(of.packets_per_second, of.bytes_per_second),
        seeds: Seeds { packets: u32::from_be_bytes(*packets), table: u64::from_be_bytes(table) },
        workloads_max: of.workloads_max as usize,
        tells_streams: of.tells_streams,
    })
}

pub(crate) fn transit_limits(packets_per_second: f64, bytes_per_second: f64) -> TransitLimits {
    TransitLimits { packets_per_second: packets_per_second as u64, bytes_per_second: bytes_per_second as u64 }
}

fn wrong_seed() -> Error {
    Error::from_reason("a seed has 12 bytes")
}

fn limits(of: &NativeClusterLimits) -> Limits {
    Limits {
        connect_wait: time(of.connect_wait_ms),
        silence: time(of.silence_ms),
        repeat_after: time(of.repeat_after_ms),
        repeat_every: time(of.repeat_every_ms),
        unreachable: time(of.unreachable_ms),
        repeat_idle: time(of.repeat_idle_ms),
        ping_busy: time(of.ping_busy_ms),
        ping_idle: time(of.ping_idle_ms),
        ping_path: time(of.ping_path_ms),
        open: time(of.open_ms),
        dial: time(of.dial_ms),
        closing: time(of.closing_ms),
        linger: time(of.linger_ms),
        finish: time(of.finish_ms),
        restart: time(of.restart_ms),
        streams_per_connection: of.streams_per_connection as u64,
        stream_window: of.stream_window as u64,
        stream_window_max: of.stream_window_max as u64,
        memory_max: of.memory_max as u64,
        memory_per_stream: of.memory_per_stream as u64,
        waiting_max: of.waiting_max as usize,
        packets_per_turn: of.packets_per_turn as usize,
        bytes_per_stream_turn: of.bytes_per_stream_turn as usize,
        opens_per_turn: of.opens_per_turn as usize,
        control_messages_per_turn: of.control_messages_per_turn as usize,
    }
}

pub(crate) fn time(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1_000.0).unwrap_or(Duration::MAX)
}
