//! The payload of a DATAGRAM frame between the two ends of a connection: a datagram of a flow, or a piece of one
//! (apps/cluster-flor/src/transport/datagrams/flow-datagram.ts).
//!
//! ```text
//!     flow      QUIC varint (RFC 9000, 16): the id of the flow's stream, divided by 4
//!     form      1 byte: 0, whole; 1, a piece
//!     number    2 bytes, of a piece alone: which datagram of the flow it is of, in this direction; 65,535 is followed by 0
//!     index     1 byte, of a piece alone: its place, from 0 on
//!     last      1 byte, of a piece alone: the index of the last one, 1 at least
//!     bytes     those of the datagram, which may have none; or those of the piece, one at least
//! ```

use bytes::Bytes;

const WHOLE: u8 = 0;
const PIECE: u8 = 1;
const FORM_SIZE: usize = 1;
const PIECE_HEAD_SIZE: usize = 4;

/// The datagram of a piece, and the piece's place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) number: u16,
    pub(crate) index: u8,
    pub(crate) last: u8,
}

/// A payload that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) flow: u64,
    /// None: the datagram is whole.
    pub(crate) piece: Option<Piece>,
    pub(crate) bytes: &'a [u8],
}

/// Reads a payload. None: it is too short, of an unknown form, or an impossible piece.
pub(crate) fn decode(payload: &[u8]) -> Option<Frame<'_>> {
    let first = *payload.first()?;
    let (varint, rest) = payload.split_at_checked(1 << (first >> 6))?;
    let flow = varint[1..].iter().fold(u64::from(first & 0x3f), |value, byte| value << 8 | u64::from(*byte));
    match *rest {
        [WHOLE, ref bytes @ ..] => Some(Frame { flow, piece: None, bytes }),
        [PIECE, high, low, index, last, ref bytes @ ..] if last > 0 && index <= last && !bytes.is_empty() => {
            let number = u16::from_be_bytes([high, low]);
            Some(Frame { flow, piece: Some(Piece { number, index, last }), bytes })
        }
        _ => None,
    }
}

/// Bytes of the header before a datagram's or a piece's bytes.
pub(crate) fn head_size(flow: u64, is_piece: bool) -> usize {
    varint_size(flow) + FORM_SIZE + if is_piece { PIECE_HEAD_SIZE } else { 0 }
}

/// The payload that carries a whole datagram.
pub(crate) fn whole(flow: u64, bytes: &[u8]) -> Bytes {
    frame(flow, None, bytes)
}

/// The payload that carries a datagram or a piece.
pub(crate) fn frame(flow: u64, piece: Option<Piece>, bytes: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(head_size(flow, piece.is_some()) + bytes.len());
    write_varint(&mut out, flow);
    match piece {
        None => out.push(WHOLE),
        Some(Piece { number, index, last }) => {
            let [high, low] = number.to_be_bytes();
            out.extend_from_slice(&[PIECE, high, low, index, last]);
        }
    }
    out.extend_from_slice(bytes);
    out.into()
}

fn varint_size(value: u64) -> usize {
    match value {
        0..=0x3f => 1,
        0x40..=0x3fff => 2,
        0x4000..=0x3fff_ffff => 4,
        _ => 8,
    }
}

/// Writes a varint, whose two highest bits tell its size.
fn write_varint(out: &mut Vec<u8>, value: u64) {
    let size = varint_size(value);
    let marked = value | u64::from(size.trailing_zeros()) << (8 * size - 2);
    out.extend_from_slice(&marked.to_be_bytes()[8 - size..]);
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const VECTORS: &str = include_str!("../../../../apps/cluster-flor/vectors/flow-datagrams.json");

    fn hex(of: &Value) -> Vec<u8> {
        let text = of.as_str().unwrap();
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    fn cases(kind: &str) -> Vec<Value> {
        let vectors: Value = serde_json::from_str(VECTORS).unwrap();
        let cases = vectors[kind].as_array().unwrap().clone();
        assert!(!cases.is_empty());
        cases
    }

    fn is_value(frame: &Frame<'_>, value: &Value) -> bool {
        let piece = frame.piece.map(|piece| [u64::from(piece.number), piece.index.into(), piece.last.into()]);
        let wanted = ["number", "index", "last"].map(|field| value[field].as_u64());
        value["flow"].as_u64() == Some(frame.flow)
            && hex(&value["bytes"]) == frame.bytes
            && value["form"] == if piece.is_some() { "piece" } else { "whole" }
            && piece.map(|numbers| numbers.map(Some)).unwrap_or_default() == wanted
    }

    #[test]
    fn payloads_are_those_of_typescript() {
        for case in cases("datagrams") {
            let bytes = hex(&case["hex"]);
            let read = decode(&bytes).expect("it is one");
            assert!(is_value(&read, &case["value"]), "{case}");
            assert_eq!(frame(read.flow, read.piece, read.bytes), bytes, "{case}");
            assert_eq!(head_size(read.flow, read.piece.is_some()), bytes.len() - read.bytes.len(), "{case}");
        }
        for case in cases("alsoRead") {
            assert!(is_value(&decode(&hex(&case["hex"])).expect("it is one"), &case["value"]), "{case}");
        }
        for case in cases("malformed") {
            assert_eq!(decode(&hex(&case["hex"])), None, "{case}");
        }
    }
}
