//! The ledger of all connections of the process: bytes that they hide together, and for which of its rules some were closed.

use std::collections::HashMap;
use std::sync::LazyLock;

use florenetes_engine::ProcessLedger;
use napi_derive::napi;

/// Counts what all connections of the process hide together.
pub(crate) static LEDGER: LazyLock<ProcessLedger> = LazyLock::new(ProcessLedger::default);

/// Connections, by their keys, that are to be closed since all of the process hide too much: each closes at its next `pollEvent`.
#[napi(catch_unwind)]
pub fn take_hiding_connections() -> Vec<f64> {
    LEDGER.take_told().into_iter().map(|key| key as f64).collect()
}

/// Connections of the process that were closed because their peer broke the law, by cause.
#[napi(catch_unwind)]
pub fn quic_violations() -> HashMap<String, f64> {
    LEDGER.violations().map(|(violation, count)| (violation.code().to_owned(), count as f64)).collect()
}
