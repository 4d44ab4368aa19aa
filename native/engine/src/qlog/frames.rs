//! The frames of a packet, as qlog names them. The engine has made or checked all of them, except in handshake packets: there a frame that cannot be
//! read ends the list.

use super::lines::{put, put_foreign, put_hexadecimal};

/// The default exponent (RFC 9000, 18.2), as no other is negotiated.
const ACK_DELAY_EXPONENT: u32 = 3;

/// Appends the frames of a payload as a JSON array.
pub(super) fn put_frames(out: &mut Vec<u8>, payload: &[u8]) {
    let mut rest = Rest(payload);
    let mut separator = "";
    out.push(b'[');
    while !rest.0.is_empty() {
        put(out, format_args!("{separator}{{\"frame_type\":"));
        separator = ",";
        let start = out.len();
        let Some(kind) = rest.number() else {
            put(out, format_args!("\"unknown\"}}"));
            break;
        };
        let is_read = put_frame(out, kind, &mut rest).is_some();
        if !is_read {
            out.truncate(start);
            put(out, format_args!("\"unknown\",\"raw_frame_type\":{kind}"));
        }
        out.push(b'}');
        if !is_read {
            break;
        }
    }
    out.push(b']');
}

/// The bytes that are still to be read.
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    /// Reads a variable-length integer (RFC 9000, 16).
    fn number(&mut self) -> Option<u64> {
        let length = 1 << (self.0.first()? >> 6);
        let bytes = self.bytes(length)?;
        Some(bytes[1..].iter().fold(u64::from(bytes[0] & 0x3f), |number, byte| number << 8 | u64::from(*byte)))
    }

    fn bytes(&mut self, length: u64) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(bytes)
    }

    /// Reads bytes that follow their length.
    fn counted(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.bytes(length)
    }
}

/// Appends the type of a frame and its other members. None: the frame cannot be read, or its length is unknown.
fn put_frame(out: &mut Vec<u8>, kind: u64, rest: &mut Rest<'_>) -> Option<()> {
    match kind {
        0x00 => {
            let length = rest.0.iter().position(|byte| *byte != 0).unwrap_or(rest.0.len());
            rest.bytes(length as u64)?;
            put(out, format_args!("\"padding\",\"length\":{}", length + 1));
        }
        0x01 => put(out, format_args!("\"ping\"")),
        0x02 | 0x03 => return put_ack(out, rest, kind == 0x03),
        0x04 => {
            put(out, format_args!("\"reset_stream\""));
            put_numbers(out, rest, &["stream_id", "error_code", "final_size"])?;
        }
        0x05 => {
            put(out, format_args!("\"stop_sending\""));
            put_numbers(out, rest, &["stream_id", "error_code"])?;
        }
        0x06 => {
            put(out, format_args!("\"crypto\""));
            put_numbers(out, rest, &["offset"])?;
            put(out, format_args!(",\"length\":{}", rest.counted()?.len()));
        }
        // The token is left out, since it is confidential.
        0x07 => {
            put(out, format_args!("\"new_token\""));
            rest.counted()?;
        }
        0x08..=0x0f => {
            put(out, format_args!("\"stream\""));
            put_numbers(out, rest, &["stream_id"])?;
            let offset = if kind & 4 != 0 { rest.number()? } else { 0 };
            let length = if kind & 2 != 0 { rest.counted()? } else { rest.bytes(rest.0.len() as u64)? }.len();
            put(out, format_args!(",\"offset\":{offset},\"length\":{length},\"fin\":{}", kind & 1 != 0));
        }
        0x10 => put_named(out, rest, "max_data", &["maximum"])?,
        0x11 => put_named(out, rest, "max_stream_data", &["stream_id", "maximum"])?,
        0x12 | 0x13 => {
            put(out, format_args!("\"max_streams\",\"stream_type\":\"{}\"", stream_type(kind == 0x12)));
            put_numbers(out, rest, &["maximum"])?;
        }
        0x14 => put_named(out, rest, "data_blocked", &["limit"])?,
        0x15 => put_named(out, rest, "stream_data_blocked", &["stream_id", "limit"])?,
        0x16 | 0x17 => {
            put(out, format_args!("\"streams_blocked\",\"stream_type\":\"{}\"", stream_type(kind == 0x16)));
            put_numbers(out, rest, &["limit"])?;
        }
        // The reset token is left out, since a reader could end the connection with it.
        0x18 => {
            put(out, format_args!("\"new_connection_id\""));
            put_numbers(out, rest, &["sequence_number", "retire_prior_to"])?;
            let length = rest.bytes(1)?[0];
            put(out, format_args!(",\"connection_id\":\""));
            put_hexadecimal(out, rest.bytes(length.into())?);
            out.push(b'"');
            rest.bytes(16)?;
        }
        0x19 => put_named(out, rest, "retire_connection_id", &["sequence_number"])?,
        0x1a | 0x1b => {
            put(out, format_args!("\"{}\"", if kind == 0x1a { "path_challenge" } else { "path_response" }));
            rest.bytes(8)?;
        }
        0x1c | 0x1d => put_close(out, rest, kind == 0x1c)?,
        0x1e => put(out, format_args!("\"handshake_done\"")),
        0x30 => {
            let length = rest.bytes(rest.0.len() as u64)?.len();
            put(out, format_args!("\"datagram\",\"length\":{length}"));
        }
        0x31 => {
            let length = rest.number()?;
            put(out, format_args!("\"datagram\",\"length\":{length}"));
            rest.bytes(length)?;
        }
        _ => return None,
    }
    Some(())
}

fn put_named(out: &mut Vec<u8>, rest: &mut Rest<'_>, name: &str, members: &[&str]) -> Option<()> {
    put(out, format_args!("\"{name}\""));
    put_numbers(out, rest, members)
}

/// Appends consecutive numbers as members with these names.
fn put_numbers(out: &mut Vec<u8>, rest: &mut Rest<'_>, names: &[&str]) -> Option<()> {
    for name in names {
        put(out, format_args!(",\"{name}\":{}", rest.number()?));
    }
    Some(())
}

fn stream_type(is_bidirectional: bool) -> &'static str {
    if is_bidirectional { "bidirectional" } else { "unidirectional" }
}

/// Appends the members of an ACK frame (RFC 9000, 19.3).
fn put_ack(out: &mut Vec<u8>, rest: &mut Rest<'_>, has_ecn: bool) -> Option<()> {
    put(out, format_args!("\"ack\""));
    let mut largest = rest.number()?;
    let delay = rest.number()?.checked_shl(ACK_DELAY_EXPONENT)?;
    put(out, format_args!(",\"ack_delay\":{:.3},\"acked_ranges\":[", delay as f64 / 1_000.0));
    let gaps = rest.number()?;
    let mut smallest = largest.checked_sub(rest.number()?)?;
    put(out, format_args!("[{smallest},{largest}]"));
    for _ in 0..gaps {
        // The encoded gap is one less than the number of missing packets, and the next range ends before the gap.
        largest = smallest.checked_sub(rest.number()?)?.checked_sub(2)?;
        smallest = largest.checked_sub(rest.number()?)?;
        put(out, format_args!(",[{smallest},{largest}]"));
    }
    out.push(b']');
    if has_ecn {
        put_numbers(out, rest, &["ect0", "ect1", "ce"])?;
    }
    Some(())
}

/// Appends the members of a CONNECTION_CLOSE frame (RFC 9000, 19.19).
fn put_close(out: &mut Vec<u8>, rest: &mut Rest<'_>, is_transport: bool) -> Option<()> {
    let space = if is_transport { "transport" } else { "application" };
    put(out, format_args!("\"connection_close\",\"error_space\":\"{space}\""));
    put_numbers(out, rest, &["error_code"])?;
    if is_transport {
        put_numbers(out, rest, &["trigger_frame_type"])?;
    }
    put(out, format_args!(",\"reason\":\""));
    put_foreign(out, &String::from_utf8_lossy(rest.counted()?));
    out.push(b'"');
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn frames(payload: &[u8]) -> Value {
        let mut out = Vec::new();
        put_frames(&mut out, payload);
        serde_json::from_slice(&out).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&out)))
    }

    #[test]
    fn each_frame_has_the_members_of_the_schema() {
        let close = [&[0x1c, 0x40, 0x80, 0x06, 3][..], b"no\n"].concat();
        let id = [&[0x18, 1, 0, 2, 0xab, 0xcd][..], &[9; 16]].concat();
        for (payload, expected) in [
            (&[0, 0, 0, 1][..], json!([{"frame_type": "padding", "length": 3}, {"frame_type": "ping"}])),
            // Two ranges, 10 to 12 and 4 to 7.
            (
                &[2, 12, 50, 1, 2, 1, 3],
                json!([{"frame_type": "ack", "ack_delay": 0.4, "acked_ranges": [[10, 12], [4, 7]]}]),
            ),
            (
                &[3, 1, 0, 0, 1, 5, 6, 7],
                json!([{"frame_type": "ack", "ack_delay": 0.0, "acked_ranges": [[0, 1]], "ect0": 5, "ect1": 6, "ce": 7}]),
            ),
            (&[4, 1, 2, 3], json!([{"frame_type": "reset_stream", "stream_id": 1, "error_code": 2, "final_size": 3}])),
            (&[5, 1, 2], json!([{"frame_type": "stop_sending", "stream_id": 1, "error_code": 2}])),
            (&[6, 7, 2, 0, 0], json!([{"frame_type": "crypto", "offset": 7, "length": 2}])),
            (&[7, 1, 9], json!([{"frame_type": "new_token"}])),
            (&[8, 4, 1, 1], json!([{"frame_type": "stream", "stream_id": 4, "offset": 0, "length": 2, "fin": false}])),
            (
                &[15, 4, 9, 1, 1],
                json!([{"frame_type": "stream", "stream_id": 4, "offset": 9, "length": 1, "fin": true}]),
            ),
            (&[0x10, 0x7b, 0xbd], json!([{"frame_type": "max_data", "maximum": 15_293}])),
            (&[0x11, 4, 5], json!([{"frame_type": "max_stream_data", "stream_id": 4, "maximum": 5}])),
            (&[0x12, 5], json!([{"frame_type": "max_streams", "stream_type": "bidirectional", "maximum": 5}])),
            (&[0x14, 5], json!([{"frame_type": "data_blocked", "limit": 5}])),
            (&[0x15, 4, 5], json!([{"frame_type": "stream_data_blocked", "stream_id": 4, "limit": 5}])),
            (&[0x17, 5], json!([{"frame_type": "streams_blocked", "stream_type": "unidirectional", "limit": 5}])),
            (
                &id,
                json!([{"frame_type": "new_connection_id", "sequence_number": 1, "retire_prior_to": 0, "connection_id": "abcd"}]),
            ),
            (&[0x19, 1], json!([{"frame_type": "retire_connection_id", "sequence_number": 1}])),
            (&[0x1a, 1, 2, 3, 4, 5, 6, 7, 8], json!([{"frame_type": "path_challenge"}])),
            (
                &close,
                json!([{"frame_type": "connection_close", "error_space": "transport", "error_code": 128, "trigger_frame_type": 6, "reason": "no\n"}]),
            ),
            (
                &[0x1d, 4, 0],
                json!([{"frame_type": "connection_close", "error_space": "application", "error_code": 4, "reason": ""}]),
            ),
            (&[0x1e], json!([{"frame_type": "handshake_done"}])),
            (
                &[0x31, 1, 9, 0x30, 1, 2],
                json!([{"frame_type": "datagram", "length": 1}, {"frame_type": "datagram", "length": 2}]),
            ),
            (&[0x40, 0xaf, 1], json!([{"frame_type": "unknown", "raw_frame_type": 0xaf}])),
            (&[], json!([])),
        ] {
            assert_eq!(frames(payload), expected, "{payload:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_read_makes_json(payload in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(frames(&payload).is_array());
        }
    }
}
