/// The destination of a connection's log, and the time at its beginning.
pub struct Qlog {
    /// The destination of the records.
    pub sink: Box<dyn QlogSink>,
    /// Milliseconds since 1970 when the connection begins.
    pub unix_ms: f64,
}

/// The log file of one connection, which dropping closes.
pub trait QlogSink: Send + Sync {
    /// Writes whole records. `first_id` is the client's first destination ID, which names the connection. False: there is no room, and the records
    /// are lost.
    fn write(&mut self, first_id: &[u8], is_server: bool, records: Vec<u8>) -> bool;
}
