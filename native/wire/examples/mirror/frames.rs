//! FlorIO frames.

use crate::words::hex;
use florenetes_florio::frame::{Verdict, append_packet, begin_data, check, message, packets_mut};

/// Tells what a datagram holds, and the frame that comes of writing it anew.
pub(crate) fn check_frame(frame: &mut [u8]) -> String {
    match check(frame) {
        Verdict::Malformed => "malformed".to_owned(),
        Verdict::Version(_) => "version".to_owned(),
        Verdict::Type => "type".to_owned(),
        Verdict::Control => format!("control {}", hex(message(frame))),
        Verdict::Data { handle, packets } => {
            let mut written = Vec::new();
            begin_data(&mut written, handle);
            for packet in packets_mut(frame) {
                append_packet(&mut written, packet);
            }
            format!("data {handle} {packets} {}", hex(&written))
        }
    }
}
