//! The files in which connections tell all packets, where an operator asks for them.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use florenetes_engine::{Qlog, QlogSink};
use florenetes_io::{LogFile, LogFolder};
use napi::bindgen_prelude::{Error, Result};
use napi_derive::napi;

/// A folder for one file of each connection.
#[napi]
#[derive(Clone)]
pub struct NativeQlogFolder(Arc<Mutex<Option<LogFolder>>>);

/// Counts of a folder.
#[napi(object)]
pub struct NativeQlogCounts {
    pub files: f64,
    pub bytes_lost: f64,
}

#[napi]
impl NativeQlogFolder {
    /// Takes a folder that is there, and that nobody else may write.
    #[napi(constructor, catch_unwind)]
    pub fn new(path: String) -> Result<Self> {
        let folder = LogFolder::open(Path::new(&path)).map_err(|error| Error::from_reason(error.to_string()))?;
        Ok(Self(Arc::new(Mutex::new(Some(folder)))))
    }

    /// The counts of now.
    #[napi(catch_unwind)]
    pub fn counts(&self) -> NativeQlogCounts {
        let folder = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = folder.as_ref().map(LogFolder::counts).unwrap_or_default();
        NativeQlogCounts { files: counts.files as f64, bytes_lost: counts.bytes_lost as f64 }
    }

    /// Waits until all is written that connections have handed over; what they tell later is lost.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        let folder = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(folder);
    }

    /// The log of a connection that begins.
    pub(crate) fn begin(&self) -> Option<Qlog> {
        let file = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.file();
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Some(Qlog { sink: Box::new(Sink(file)), unix_ms: unix.as_secs_f64() * 1_000.0 })
    }
}

struct Sink(LogFile);

impl QlogSink for Sink {
    fn write(&mut self, first_id: &[u8], is_server: bool, records: Vec<u8>) -> bool {
        let name = || {
            let id: String = first_id.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("{id}_{}.sqlog", if is_server { "server" } else { "client" })
        };
        self.0.write(name, records)
    }
}
