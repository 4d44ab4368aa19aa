//! The messages at the heads of streams and on the control stream (apps/cluster-flor/src/transport/messages.ts):
//! a version (1), the length of the body (2), the body.

use crate::limits::{MESSAGE_SIZE_MAX, MESSAGE_VERSION};
use crate::workloads::Taken;

const HEAD_SIZE: usize = 3;
/// The kind of OPEN that asks for a stream to the service's target.
const OPEN_STREAM: u8 = 1;
/// The kind of OPEN that asks for a flow of datagrams to the service's target.
const OPEN_FLOW: u8 = 2;
const STOP_KIND: u8 = 1;
const RENEW_KIND: u8 = 2;
const SIZE_KIND: u8 = 3;
const FINISH_KIND: u8 = 4;
const PRESSURE_KIND: u8 = 5;
const GOAWAY_KIND: u8 = 6;
const TAKEN_KIND: u8 = 9;
/// The option bit of OPEN and ANSWER for STREAM_TAKEN.
const TAKEN_OPTION: u8 = 1;
/// The flag of STREAM_TAKEN which says that the end of the half is taken.
const END_FLAG: u8 = 1;

/// Asks for a stream of traffic class 0 to the service's target.
pub(crate) const OPEN: &[u8] = &[MESSAGE_VERSION, 0, 2, 0, OPEN_STREAM];
/// Asks for a stream of traffic class 0, on which both ends tell what their workloads have taken.
pub(crate) const OPEN_ASKING: &[u8] = &[MESSAGE_VERSION, 0, 3, 0, OPEN_STREAM, TAKEN_OPTION];
/// Asks for a flow of datagrams of traffic class 0 to the service's target.
pub(crate) const OPEN_DATAGRAMS: &[u8] = &[MESSAGE_VERSION, 0, 2, 0, OPEN_FLOW];
/// Accepts a stream.
pub(crate) const ANSWER: &[u8] = &[MESSAGE_VERSION, 0, 1, 0];
/// Accepts a stream, and says that both ends tell what their workloads have taken.
pub(crate) const ANSWER_TELLING: &[u8] = &[MESSAGE_VERSION, 0, 2, 0, TAKEN_OPTION];
/// Asks the originator for a new connection in the place of this one.
pub(crate) const RENEW: &[u8] = &[MESSAGE_VERSION, 0, 1, RENEW_KIND];

/// Says that the originator's streams are over, and all its data is acknowledged. The acceptor closes the connection once the same is true of its own
/// streams and data.
pub(crate) const FINISH: &[u8] = &[MESSAGE_VERSION, 0, 1, FINISH_KIND];

/// Says that the connection has no larger QUIC packets from now on, in either direction.
pub(crate) fn size(payload_max: u16) -> [u8; 6] {
    let [high, low] = payload_max.to_be_bytes();
    [MESSAGE_VERSION, 0, 3, SIZE_KIND, high, low]
}

/// Says that the sender has given up a stream, and reads no more of it.
pub(crate) fn stop(stream: u64, code: u64) -> [u8; 14] {
    let mut message = [0; 14];
    message[..4].copy_from_slice(&[MESSAGE_VERSION, 0, 11, STOP_KIND]);
    message[4..12].copy_from_slice(&stream.to_be_bytes());
    message[12..].copy_from_slice(&(code as u16).to_be_bytes());
    message
}

/// Says how much of a stream the sender's workload has taken.
pub(crate) fn taken(stream: u64, taken: Taken) -> [u8; 21] {
    let mut message = [0; 21];
    message[..4].copy_from_slice(&[MESSAGE_VERSION, 0, 18, TAKEN_KIND]);
    message[4..12].copy_from_slice(&stream.to_be_bytes());
    message[12..20].copy_from_slice(&taken.offset.to_be_bytes());
    message[20] = if taken.is_end { END_FLAG } else { 0 };
    message
}

/// The load that a vertex reports, as the numbers of its message. The owner knows what they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pressure {
    /// The level's place in the list of levels.
    pub level: u8,
    /// From 0 to 100; a peer may send more.
    pub score: u8,
    /// A bit for each reason.
    pub reasons: u16,
}

/// A message of the control stream after the hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ControlMessage {
    Stop {
        stream: u64,
        code: u64,
    },
    Renew,
    Size {
        payload_max: u16,
    },
    Finish,
    Pressure(Pressure),
    Taken {
        stream: u64,
        taken: Taken,
    },
    /// A message of a later version.
    Unknown,
}

impl ControlMessage {
    pub(crate) fn decode(body: &[u8]) -> Self {
        match *body {
            // An acceptor that is about to stop sends GOAWAY: its originator needs another connection, as after RENEW.
            [RENEW_KIND | GOAWAY_KIND, ..] => Self::Renew,
            [PRESSURE_KIND, level, score, high, low, ..] => {
                Self::Pressure(Pressure { level, score, reasons: u16::from_be_bytes([high, low]) })
            }
            [FINISH_KIND, ..] => Self::Finish,
            [SIZE_KIND, high, low, ..] => Self::Size { payload_max: u16::from_be_bytes([high, low]) },
            [STOP_KIND, ref rest @ ..] if rest.len() >= 10 => {
                let stream = rest.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
                Self::Stop { stream, code: u16::from_be_bytes([rest[8], rest[9]]).into() }
            }
            [TAKEN_KIND, ref rest @ ..] if rest.len() >= 17 => {
                let number = |at: usize| rest[at..].first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
                let taken = Taken { offset: number(8), is_end: rest[16] & END_FLAG != 0 };
                Self::Taken { stream: number(0), taken }
            }
            _ => Self::Unknown,
        }
    }
}

/// The kind of an OPEN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenKind {
    Stream {
        /// The originator wants both ends to tell what their workloads have taken.
        asks_taken: bool,
    },
    Datagrams,
    /// An OPEN of a later version.
    Unsupported,
    Malformed,
}

pub(crate) fn decode_open(body: &[u8]) -> OpenKind {
    match *body {
        [_, OPEN_STREAM, ref rest @ ..] => OpenKind::Stream { asks_taken: has_taken_option(rest) },
        [_, OPEN_FLOW, ..] => OpenKind::Datagrams,
        [_, _, ..] => OpenKind::Unsupported,
        _ => OpenKind::Malformed,
    }
}

/// Whether both ends tell what their workloads have taken. None: the body is not an acceptance, which is the only kind of answer.
pub(crate) fn decode_answer(body: &[u8]) -> Option<bool> {
    match *body {
        [0, ref rest @ ..] => Some(has_taken_option(rest)),
        _ => None,
    }
}

/// The first byte holds the options. Messages of earlier versions end before it.
fn has_taken_option(options: &[u8]) -> bool {
    options.first().is_some_and(|options| options & TAKEN_OPTION != 0)
}

/// The state of a `MessageReader`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadState {
    /// More bytes are needed.
    Partial,
    /// `body` is whole.
    Whole,
    /// The message has another version, or a length beyond the limit.
    Unsupported,
}

/// Reads one message. It takes no byte behind the message, since that belongs to the next reader of the stream.
#[derive(Debug)]
pub(crate) struct MessageReader {
    bytes: Vec<u8>,
    filled: usize,
    state: ReadState,
}

impl MessageReader {
    pub(crate) fn new() -> Self {
        Self { bytes: vec![0; HEAD_SIZE], filled: 0, state: ReadState::Partial }
    }

    pub(crate) fn state(&self) -> ReadState {
        self.state
    }

    pub(crate) fn body(&self) -> &[u8] {
        &self.bytes[HEAD_SIZE..]
    }

    /// Room for the next bytes of the message; the caller tells `advance` how many came.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        &mut self.bytes[self.filled..]
    }

    pub(crate) fn advance(&mut self, count: usize) {
        self.filled += count;
        if self.state != ReadState::Partial || self.filled < self.bytes.len() {
            return;
        }
        let length = usize::from(u16::from_be_bytes([self.bytes[1], self.bytes[2]]));
        self.state = match self.bytes.len() > HEAD_SIZE || length == 0 {
            _ if self.bytes[0] != MESSAGE_VERSION || length > MESSAGE_SIZE_MAX => ReadState::Unsupported,
            true => ReadState::Whole,
            false => {
                self.bytes.resize(HEAD_SIZE + length, 0);
                ReadState::Partial
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: Taken = Taken { offset: 65_536, is_end: false };
    const END: Taken = Taken { offset: u64::MAX, is_end: true };
    const NOT_END: Taken = Taken { is_end: false, ..END };

    fn read(bytes: &[u8], step: usize) -> (ReadState, Vec<u8>, usize) {
        let (mut reader, mut taken) = (MessageReader::new(), 0);
        while reader.state() == ReadState::Partial && taken < bytes.len() {
            let room = reader.room();
            let count = room.len().min(step).min(bytes.len() - taken);
            room[..count].copy_from_slice(&bytes[taken..taken + count]);
            reader.advance(count);
            taken += count;
        }
        (reader.state(), reader.body().to_vec(), taken)
    }

    #[test]
    fn a_message_is_read_in_any_pieces_and_nothing_behind_it() {
        for (message, body) in
            [(OPEN, &OPEN[3..]), (ANSWER, &[0]), (RENEW, &[2]), (&stop(8, 300), &stop(8, 300)[3..]), (&[1, 0, 0], &[])]
        {
            let bytes = [message, b"workload"].concat();
            for step in 1..bytes.len() {
                assert_eq!(
                    read(&bytes, step),
                    (ReadState::Whole, body.to_vec(), message.len()),
                    "{message:?} by {step}"
                );
            }
        }
    }

    #[test]
    fn other_versions_and_lengths_beyond_the_limit_are_unsupported() {
        let over = (MESSAGE_SIZE_MAX as u16 + 1).to_be_bytes();
        for head in [[2, 0, 1], [0, 0, 0], [1, over[0], over[1]], [1, 255, 255]] {
            assert_eq!(read(&head, 3).0, ReadState::Unsupported, "{head:?}");
        }
    }

    #[test]
    fn options_are_read_where_there_are_any() {
        for (body, kind) in [
            (&OPEN[3..], OpenKind::Stream { asks_taken: false }),
            (&OPEN_ASKING[3..], OpenKind::Stream { asks_taken: true }),
            (&[0, 1, 0xfe, 1], OpenKind::Stream { asks_taken: false }),
            (&[0, 1, 0xff, 9], OpenKind::Stream { asks_taken: true }),
            (&[7, 2, 1], OpenKind::Datagrams),
            (&[0, 3, 1], OpenKind::Unsupported),
            (&[0], OpenKind::Malformed),
        ] {
            assert_eq!(decode_open(body), kind, "{body:?}");
        }
        let answers: [&[u8]; 6] = [&ANSWER[3..], &ANSWER_TELLING[3..], &[0, 0xfe], &[0, 0xff, 0xff], &[1, 1], &[]];
        let decoded = [Some(false), Some(true), Some(false), Some(true), None, None];
        assert_eq!(answers.map(decode_answer), decoded);
    }

    /// The TypeScript vectors of a kind: the bodies of the messages, and their values.
    fn vectors(kind: &str) -> Vec<(Vec<u8>, serde_json::Value)> {
        let all = include_str!("../../../apps/cluster-flor/vectors/transport-messages.json");
        let all: serde_json::Value = serde_json::from_str(all).unwrap();
        let messages = ["messages", "read"].into_iter().flat_map(|list| all[list].as_array().unwrap());
        let of_kind: Vec<_> = messages.filter(|message| message["kind"] == kind).collect();
        assert!(of_kind.len() > 2);
        let bytes_of = |hex: &str| -> Vec<u8> {
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
        };
        of_kind.iter().map(|it| (bytes_of(it["hex"].as_str().unwrap())[3..].to_vec(), it["value"].clone())).collect()
    }

    #[test]
    fn vectors_are_read_and_written() {
        for (body, value) in vectors("taken") {
            let ControlMessage::Taken { stream, taken: it } = ControlMessage::decode(&body) else {
                assert!(value.is_null(), "{body:?}");
                continue;
            };
            assert_eq!((Some(stream), Some(it.offset)), (value["stream"].as_u64(), value["offset"].as_u64()));
            assert_eq!(Some(it.is_end), value["isEnd"].as_bool());
            if body.len() == 18 && body[17] < 2 {
                assert_eq!(taken(stream, it)[3..], body);
            }
        }
        for (body, value) in vectors("open") {
            let OpenKind::Stream { asks_taken } = decode_open(&body) else { continue };
            assert_eq!(Some(asks_taken), value["asksTaken"].as_bool(), "{body:?}");
        }
        for (body, value) in vectors("answer") {
            assert_eq!(decode_answer(&body), value["tellsTaken"].as_bool(), "{body:?}");
        }
    }

    #[test]
    fn control_messages_are_what_they_say() {
        for (body, message) in [
            (&stop(1 << 40, 18)[3..], ControlMessage::Stop { stream: 1 << 40, code: 18 }),
            (&RENEW[3..], ControlMessage::Renew),
            (&[2, 9, 9], ControlMessage::Renew),
            (&size(1_388)[3..], ControlMessage::Size { payload_max: 1_388 }),
            (&FINISH[3..], ControlMessage::Finish),
            (&[4, 0], ControlMessage::Finish),
            (&[6], ControlMessage::Renew),
            (&[6, 0, 3, 9], ControlMessage::Renew),
            (&[5, 2, 97, 1, 65, 9], ControlMessage::Pressure(Pressure { level: 2, score: 97, reasons: 321 })),
            (&[5, 2, 97, 1], ControlMessage::Unknown),
            (&[7, 0], ControlMessage::Unknown),
            (&[8, 1, 0, 0, 0, 125, 4, 176], ControlMessage::Unknown),
            (&[3, 5], ControlMessage::Unknown),
            (&[1, 0, 0], ControlMessage::Unknown),
            (&taken(1 << 40, SOME)[3..], ControlMessage::Taken { stream: 1 << 40, taken: SOME }),
            (&taken(4, END)[3..], ControlMessage::Taken { stream: 4, taken: END }),
            (&[&taken(4, END)[3..20], &[0xff, 9]].concat(), ControlMessage::Taken { stream: 4, taken: END }),
            (&[&taken(4, END)[3..20], &[0xfe]].concat(), ControlMessage::Taken { stream: 4, taken: NOT_END }),
            (&taken(4, END)[3..20], ControlMessage::Unknown),
            (&[9], ControlMessage::Unknown),
            (&[10], ControlMessage::Unknown),
            (&[], ControlMessage::Unknown),
        ] {
            assert_eq!(ControlMessage::decode(body), message, "{body:?}");
        }
    }
}
