//! A forwarder, and links that do as they are told.

use crate::words::{Words, class_text, hex};
use florenetes_wire::mesh::{
    Arrival, Change, Destination, ExchangedCounts, ExchangedRow, Forwarder, LinkState, Operation, Output, Question,
    Scope, Seeds, TransitLimits, Way,
};
use std::collections::HashMap;
use std::time::Duration;

pub(crate) struct Mirror {
    forwarder: Forwarder,
    links: Links,
    /// The entries of its table, in their order.
    entries: Vec<(Scope, u32)>,
}

#[derive(Default)]
struct Links {
    states: HashMap<u32, (LinkState, bool)>,
    actions: Vec<String>,
}

const GENERATION: u64 = 1;

impl Mirror {
    pub(crate) fn new() -> Self {
        let limits = TransitLimits { packets_per_second: 0, bytes_per_second: 0 };
        let forwarder = Forwarder::new(limits, Seeds { packets: 0, table: 0 });
        Self { forwarder, links: Links::default(), entries: Vec::new() }
    }

    pub(crate) fn handle(&mut self, command: &str, words: &mut Words<'_>) -> String {
        match command {
            "forwarder" => self.begin(words),
            "commit" => self.forwarder.commit(GENERATION).map_or_else(|error| error.to_string(), |()| "ok".to_owned()),
            "link" | "service" | "permit" | "swap" | "end" => self.stage(command, words),
            "state" => self.set_state(words),
            "frame" => {
                let (in_link, now, mut frame) = (words.number(), words.number(), words.bytes());
                self.forwarder.handle_frame(in_link, &mut frame, Duration::from_millis(now), &mut self.links);
                self.links.take()
            }
            "own" => {
                let (out_link, mut packet) = (words.option(), words.bytes());
                let is_sent = self.forwarder.send_from_here(out_link, &mut packet, &mut self.links);
                format!("{is_sent} {}", self.links.take())
            }
            "turn" => {
                if self.forwarder.has_loopback() {
                    self.forwarder.deliver_loopback(&mut self.links);
                }
                self.links.take()
            }
            "counters" => self.counters(),
            _ => panic!("unknown command: {command}"),
        }
    }

    fn begin(&mut self, words: &mut Words<'_>) -> String {
        let seeds = Seeds { packets: words.number(), table: 0x5eed };
        let limits = TransitLimits { packets_per_second: words.number(), bytes_per_second: words.number() };
        *self = Self { forwarder: Forwarder::new(limits, seeds), links: Links::default(), entries: Vec::new() };
        self.forwarder.begin(GENERATION);
        "ok".to_owned()
    }

    fn stage(&mut self, command: &str, words: &mut Words<'_>) -> String {
        let change = match command {
            "link" => Change::AddLink { link: words.number(), label: words.number() },
            "service" => {
                let operation = Operation::Deliver { service: words.number() };
                Change::AddEntry { scope: Scope::All, label: words.number(), operation }
            }
            "permit" => {
                let (in_link, out_link, share) = (words.number(), words.number(), words.number());
                Change::Permit { in_link, out_link, share, allowance: words.allowance() }
            }
            "swap" => {
                let (scope, label) = (Scope::Link(words.number()), words.number());
                let operation = Operation::Swap { out_link: words.number(), out_label: words.number() };
                Change::AddEntry { scope, label, operation }
            }
            _ => {
                let (scope, label) = (Scope::Link(words.number()), words.number());
                Change::AddEntry { scope, label, operation: Operation::End }
            }
        };
        match change {
            Change::AddLink { label, .. } => self.entries.push((Scope::All, label)),
            Change::AddEntry { scope, label, .. } => self.entries.push((scope, label)),
            _ => {}
        }
        self.forwarder.stage(GENERATION, change).map_or_else(|error| error.to_string(), |()| "ok".to_owned())
    }

    fn set_state(&mut self, words: &mut Words<'_>) -> String {
        let (link, is_up) = (words.number(), words.text() == "up");
        let (is_full, mtu, preferred_mtu) = (words.text() == "full", words.number(), words.number());
        self.links.states.insert(link, (LinkState { is_up, mtu, preferred_mtu }, is_full));
        "ok".to_owned()
    }

    fn counters(&self) -> String {
        let links = self.forwarder.links().map(|(link, counts)| {
            let guessed = self.forwarder.labels_guessed(link);
            let (drops, labels) = (counts.drops, counts.dropped_labels);
            format!("{}/{}/{guessed}/{drops:?}/{labels:?}", counts.packets_forwarded, counts.packets_delivered)
        });
        let pairs = self
            .forwarder
            .pair_counts()
            .map(|pair| format!("{}>{}:{}/{}", pair.in_link, pair.out_link, pair.packets_passed, pair.packets_dropped));
        let entries = self.entries.iter().map(|&(scope, label)| {
            let packets = self.forwarder.entry_packets(scope, label).expect("an entry that was staged");
            packets.to_string()
        });
        let mut classes: Vec<_> = self.forwarder.permit_rows().collect();
        classes.sort_unstable_by_key(|row| (row.in_link, row.out_link, row.share, row.class));
        let classes = classes.iter().map(class_text);
        let mut exchanged: Vec<_> = self.forwarder.exchanged_rows().collect();
        exchanged.sort_unstable_by_key(|row| (row.link, row.share, row.class));
        let exchanged = exchanged.iter().map(|ExchangedRow { link, share, class, counts }| {
            let ExchangedCounts { sent_packets, sent_bytes, packets, bytes } = counts;
            format!("{link}/{share}:{class}:{sent_packets}/{sent_bytes}/{packets}/{bytes}")
        });
        let join = |texts: Vec<String>| texts.join(" ");
        let own = format!("{:?}", self.forwarder.own_drops());
        let [links, pairs, entries] = [links.collect(), pairs.collect(), entries.collect()].map(join);
        let [classes, exchanged] = [classes.collect(), exchanged.collect()].map(join);
        format!("{links} | {pairs} | {entries} | {own} | {classes} | {exchanged}").replace(", ", ",")
    }
}

impl Links {
    fn take(&mut self) -> String {
        let actions = self.actions.join(" ");
        self.actions.clear();
        actions
    }

    fn takes(&self, link: u32) -> bool {
        self.states.get(&link).is_some_and(|(state, is_full)| state.is_up && !is_full)
    }
}

impl Output for Links {
    fn link(&self, link: u32) -> LinkState {
        self.states.get(&link).map(|(state, _)| *state).unwrap_or_default()
    }

    fn send_packet(&mut self, way: Way, packet: &mut [u8]) -> bool {
        self.actions.push(format!("packet:{}:{}:{}", in_link_of(way), way.out_link, hex(packet)));
        self.takes(way.out_link)
    }

    fn send_frame(&mut self, way: Way, frame: &mut [u8], packets: usize) -> bool {
        self.actions.push(format!("frame:{}:{}:{packets}:{}", in_link_of(way), way.out_link, hex(frame)));
        self.takes(way.out_link)
    }

    fn deliver(&mut self, arrival: &mut Arrival<'_>) {
        let is_guessing = arrival.is_guessing();
        let from = arrival.in_link().map_or(-1, i64::from);
        let to = match arrival.destination() {
            Destination::Service(service) => format!("service:{service}:{is_guessing}"),
            Destination::Connection => "connection".to_owned(),
        };
        self.actions.push(format!("{to}:{from}:{}", hex(arrival.packet())));
        // A decryption in place may write here.
        arrival.packet().fill(0);
    }

    fn handle_turn_end(&mut self) {
        self.actions.push("end".to_owned());
    }

    fn handle_guessing(&mut self, in_link: u32) {
        self.actions.push(format!("guessing:{in_link}"));
    }

    fn handle_question(&mut self, question: Question<'_>) {
        let Question { in_link, out_link, cause, at, is_guessing, packet } = question;
        let out_link = out_link.map_or(-1, i64::from);
        let at = at.map_or(-1, |at| at as i64);
        let cause = cause as u8;
        self.actions.push(format!("question:{in_link}:{out_link}:{cause}:{at}:{is_guessing}:{}", hex(packet)));
    }
}

fn in_link_of(way: Way) -> i64 {
    way.in_link.map_or(-1, i64::from)
}
