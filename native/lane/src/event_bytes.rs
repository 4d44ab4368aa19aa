//! The parts that events of both lanes have as bytes. Integers are big-endian.

use florenetes_engine::{CloseCause, Closed};

/// Begins an event: its kind, and the number of its subject (4).
pub fn begin(out: &mut Vec<u8>, kind: u8, subject: u32) {
    out.push(kind);
    out.extend_from_slice(&subject.to_be_bytes());
}

/// Appends bytes, or a text as UTF-8, behind their length (4).
pub fn write_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Appends an end: its cause (1), whether it is the application's (1), the code (8, a double), and the reason as text.
pub fn write_closed(out: &mut Vec<u8>, Closed { cause, is_application, code, reason }: &Closed) {
    out.push(match cause {
        CloseCause::Peer => 0,
        CloseCause::Local => 1,
        CloseCause::Idle => 2,
        CloseCause::Reset => 3,
    });
    out.push(u8::from(*is_application));
    out.extend_from_slice(&(*code as f64).to_be_bytes());
    write_bytes(out, reason.as_bytes());
}
