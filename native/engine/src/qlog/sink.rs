/// The place where the log of a connection goes, and what time it is there.
pub struct Qlog {
    /// Takes what is written.
    pub sink: Box<dyn QlogSink>,
    /// Milliseconds since 1970 when the connection begins.
    pub unix_ms: f64,
}

/// The file of one connection. It ends when it is dropped.
pub trait QlogSink: Send + Sync {
    /// Takes whole records, of the connection that the client named so in its first packets. False: there is no room, and they are lost.
    fn write(&mut self, first_id: &[u8], is_server: bool, records: Vec<u8>) -> bool;
}
