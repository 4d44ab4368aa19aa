//! The packets of a link, to its engine and from it.

use crate::words::{Words, hex};
use florenetes_wire::pieces::{DatagramSender, DatagramSink, JoinBuffers, Joiner};
use florenetes_wire::queue::{ClassCounts, Place};
use std::collections::VecDeque;
use std::time::Duration;

/// An engine that keeps lengths.
#[derive(Default)]
struct Engine {
    lengths: VecDeque<usize>,
    bytes: usize,
    /// Bytes that fill it.
    full_at: usize,
    /// Longest datagram that it takes.
    longest: usize,
    /// Datagrams since the last answer.
    sent: Vec<String>,
}

const ENGINE_QUEUE_MAX: usize = 64;
const FRAME_OVERHEAD: usize = 3;
/// Bytes before each packet that come from its frame.
const ROOM: [u8; 3] = [0xa5; 3];

impl DatagramSink for Engine {
    fn has_room(&self, length: usize) -> bool {
        let inside = self.bytes + self.lengths.len() * FRAME_OVERHEAD;
        self.lengths.is_empty() || (inside + length <= self.full_at && self.lengths.len() < ENGINE_QUEUE_MAX)
    }

    fn send(&mut self, datagram: &[u8]) -> bool {
        if datagram.len() > self.longest {
            return false;
        }
        self.lengths.push_back(datagram.len());
        self.bytes += datagram.len();
        self.sent.push(hex(datagram));
        true
    }
}

pub(crate) struct Mirror {
    buffers: JoinBuffers,
    joiner: Joiner,
    sender: DatagramSender,
    engine: Engine,
}

impl Mirror {
    pub(crate) fn new() -> Self {
        Self {
            buffers: JoinBuffers::default(),
            joiner: Joiner::default(),
            sender: DatagramSender::new(1_200),
            engine: Engine::default(),
        }
    }

    /// `None`: the command is not for pieces.
    pub(crate) fn handle(&mut self, command: &str, words: &mut Words<'_>) -> Option<String> {
        let time = |words: &mut Words<'_>| Duration::from_millis(words.number());
        Some(match command {
            "joiner" => {
                self.joiner.clear(&mut self.buffers);
                self.joiner = Joiner::default();
                "ok".to_owned()
            }
            "piece" => {
                let (now, datagram) = (time(words), words.bytes());
                let joined = self.joiner.handle_piece(&datagram, now, &mut self.buffers).map(|packet| hex(packet));
                let spread = (self.joiner.spread().as_nanos() + 500) / 1000;
                joined.map_or_else(|| self.joiner_state(), |packet| format!("{packet} {spread}"))
            }
            "join-timeout" => {
                self.joiner.handle_timeout(time(words), &mut self.buffers);
                self.joiner_state()
            }
            "sender" => {
                *self = Self { sender: DatagramSender::new(words.number()), ..Self::new() };
                (self.engine.full_at, self.engine.longest) = (words.number(), words.number());
                "ok".to_owned()
            }
            "datagram-max" => {
                self.engine.full_at = words.number();
                self.sender.set_datagram_max(self.engine.full_at);
                "ok".to_owned()
            }
            "send" => {
                let (now, in_link, packet) = (time(words), words.option(), words.bytes());
                let place = Place::of(&packet, in_link);
                let mut buffer = [&ROOM[..], &packet].concat();
                let end = buffer.len();
                let is_taken = self.sender.send(&mut buffer, ROOM.len()..end, place, now, &mut self.engine);
                assert_eq!(buffer[..ROOM.len()], ROOM, "the room before a packet is left as it was");
                format!("{is_taken} {}", self.sender_state())
            }
            "refill" => {
                self.sender.refill(time(words), &mut self.engine);
                self.sender_state()
            }
            "transmit" => {
                for _ in 0..words.number() {
                    self.engine.bytes -= self.engine.lengths.pop_front().unwrap_or(0);
                }
                "ok".to_owned()
            }
            "trim" => {
                self.sender.trim();
                self.sender_state()
            }
            "clear" => {
                self.sender.clear();
                self.sender_state()
            }
            _ => return None,
        })
    }

    fn joiner_state(&self) -> String {
        let counts = self.joiner.counts();
        let next = self.joiner.next_timeout().map_or("-".to_owned(), |time| time.as_millis().to_string());
        let incomplete = self.joiner.incomplete();
        format!("{incomplete} {next} {} {} {}", counts.joined, counts.given_up, counts.pieces_refused)
    }

    fn sender_state(&mut self) -> String {
        let sent = std::mem::take(&mut self.engine.sent).join(" ");
        let queue = self.sender.queue();
        let counts = self.sender.counts();
        let classes = queue.counts().map(|class| {
            let ClassCounts { packets_sent, bytes_sent, dropped_full, dropped_late, delay } = class;
            format!("{packets_sent}/{bytes_sent}/{dropped_full}/{dropped_late}/{}", delay.as_millis())
        });
        let classes = classes.join(",");
        let congested = queue.congested_classes();
        let numbers = [
            counts.packets_sent,
            counts.bytes_sent,
            counts.packets_split,
            counts.pieces_sent,
            counts.dropped_by_engine,
        ];
        format!("{} {congested} {classes} {} {numbers:?} [{sent}]", queue.len(), queue.memory())
    }
}
