use std::io::Write;

use super::{Qlog, QlogSink};
use crate::limits::{QLOG_CHUNK, QLOG_FILE_MAX, QLOG_FLUSH_MS, QLOG_HELD_MAX, QLOG_LAST_LINE_MAX};

/// The first byte of each record (RFC 7464), which ends with a line feed.
const RECORD_SEPARATOR: u8 = 0x1e;

/// The records of one connection, on their way to its file.
pub(super) struct Lines {
    sink: Box<dyn QlogSink>,
    first_id: Vec<u8>,
    is_server: bool,
    waiting: Vec<u8>,
    /// Bytes that were given to the sink, written or lost.
    written: usize,
    /// Bytes that were lost, and that the file does not mention yet.
    lost: usize,
    flushed_ms: f64,
    /// The time of the last event.
    now_ms: f64,
    /// Whether the log is written to a file. Before the peer is known it is not, or attempts without an answer would fill the folder.
    is_kept: bool,
    is_full: bool,
    /// Whether each event is written at once, since it may be the last one.
    is_ending: bool,
}

impl Lines {
    pub(super) fn new(qlog: Qlog, is_server: bool) -> Self {
        Self {
            sink: qlog.sink,
            first_id: Vec::new(),
            is_server,
            waiting: Vec::new(),
            written: 0,
            lost: 0,
            flushed_ms: f64::NEG_INFINITY,
            now_ms: 0.0,
            is_kept: false,
            is_full: false,
            is_ending: false,
        }
    }

    pub(super) fn name(&mut self, first_id: &[u8]) {
        self.first_id = first_id.into();
    }

    /// Keeps the log, since the connection has a peer.
    pub(super) fn keep(&mut self) {
        self.is_kept = true;
    }

    /// Writes everything that waits, as the connection has ended.
    pub(super) fn end(&mut self) {
        self.is_ending = true;
        self.flush();
    }

    /// Appends an event. `write` appends the members of its data object.
    pub(super) fn event(&mut self, time_ms: f64, name: &str, write: impl FnOnce(&mut Vec<u8>)) {
        if self.is_full || (!self.is_kept && self.waiting.len() > QLOG_HELD_MAX) {
            return;
        }
        let before = self.waiting.len();
        self.now_ms = time_ms;
        self.append(name, write);
        if self.written + self.waiting.len() > QLOG_FILE_MAX - QLOG_LAST_LINE_MAX {
            self.waiting.truncate(before);
            self.append_warning("this file has reached its limit: nothing more is told");
            self.flush();
            self.is_full = true;
        } else if self.is_ending || self.waiting.len() >= QLOG_CHUNK || time_ms - self.flushed_ms >= QLOG_FLUSH_MS {
            self.flush();
        }
    }

    /// Appends a record.
    pub(super) fn record(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.waiting.push(RECORD_SEPARATOR);
        write(&mut self.waiting);
        self.waiting.push(b'\n');
    }

    fn append(&mut self, name: &str, write: impl FnOnce(&mut Vec<u8>)) {
        let now_ms = self.now_ms;
        self.record(|out| {
            put(out, format_args!("{{\"time\":{now_ms:.3},\"name\":\"{name}\",\"data\":{{"));
            write(out);
            out.extend_from_slice(b"}}");
        });
    }

    fn append_warning(&mut self, message: &str) {
        self.append("loglevel:warning", |out| put(out, format_args!("\"message\":\"{message}\"")));
    }

    fn flush(&mut self) {
        if !self.is_kept || self.waiting.is_empty() {
            return;
        }
        self.flushed_ms = self.now_ms;
        let records = std::mem::take(&mut self.waiting);
        let length = records.len();
        self.written += length;
        if !self.sink.write(&self.first_id, self.is_server, records) {
            self.lost += length;
        } else if self.lost > 0 {
            let lost = std::mem::take(&mut self.lost);
            self.append_warning(&format!("{lost} bytes of events before these are lost"));
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.flush();
    }
}

/// Appends text. Writing to a buffer in memory cannot fail.
pub(super) fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

pub(super) fn put_hexadecimal(out: &mut Vec<u8>, bytes: &[u8]) {
    bytes.iter().for_each(|byte| put(out, format_args!("{byte:02x}")));
}

/// Appends text of a peer as the content of a JSON string, in printable ASCII.
pub(super) fn put_foreign(out: &mut Vec<u8>, text: &str) {
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte @ (b' '..=b'~')) if byte != b'"' && byte != b'\\' => out.push(byte),
            _ => put(out, format_args!("\\u{unit:04x}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// The records written, and whether there is no room for more.
    #[derive(Clone, Default)]
    struct Shelf(Arc<Mutex<(Vec<u8>, bool)>>);

    impl QlogSink for Shelf {
        fn write(&mut self, _: &[u8], _: bool, records: Vec<u8>) -> bool {
            let mut shelf = self.0.lock().unwrap();
            if !shelf.1 {
                shelf.0.extend(records);
            }
            !shelf.1
        }
    }

    fn lines(shelf: &Shelf) -> Lines {
        let mut lines = Lines::new(Qlog { sink: Box::new(shelf.clone()), unix_ms: 0.0 }, false);
        lines.name(b"id");
        lines
    }

    fn text(shelf: &Shelf) -> String {
        String::from_utf8(shelf.0.lock().unwrap().0.clone()).unwrap()
    }

    fn filler(length: usize) -> impl Fn(&mut Vec<u8>) {
        move |out| out.resize(out.len() + length, b' ')
    }

    #[test]
    fn a_file_ends_at_its_limit_and_says_so_at_last() {
        let shelf = Shelf::default();
        let mut lines = lines(&shelf);
        lines.keep();
        for _ in 0..70 {
            lines.event(1.0, "a", filler(1_000_000));
        }
        drop(lines);
        let text = text(&shelf);
        assert!(text.len() <= QLOG_FILE_MAX && text.len() > QLOG_FILE_MAX - 1_100_000, "{}", text.len());
        let last = text.trim_end().rsplit('\n').next().unwrap();
        assert!(last.contains("loglevel:warning") && last.contains("its limit"), "{last}");
    }

    #[test]
    fn nothing_is_written_before_there_is_a_peer_and_little_is_held() {
        let shelf = Shelf::default();
        let mut lines = lines(&shelf);
        for _ in 0..10_000 {
            lines.event(5_000.0, "a", filler(100));
        }
        assert!(lines.waiting.len() <= QLOG_HELD_MAX + 200);
        drop(lines);
        assert_eq!(text(&shelf), "");
    }

    #[test]
    fn bytes_for_which_there_was_no_room_are_told_of() {
        let shelf = Shelf::default();
        let mut lines = lines(&shelf);
        lines.keep();
        shelf.0.lock().unwrap().1 = true;
        lines.event(0.0, "lost", |_| {});
        shelf.0.lock().unwrap().1 = false;
        lines.event(2_000.0, "a", |_| {});
        drop(lines);
        let text = text(&shelf);
        assert!(!text.contains("lost\",") && text.contains("bytes of events before these are lost"), "{text}");
    }

    #[test]
    fn a_peer_s_words_are_printable_ascii() {
        let mut out = Vec::new();
        put_foreign(&mut out, "a\"\\\u{1b}[1m\u{202e}é😀");
        assert_eq!(out, br"a\u0022\u005c\u001b[1m\u202e\u00e9\ud83d\ude00");
    }
}
