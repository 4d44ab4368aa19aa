//! Flows that share a bottleneck, in virtual time. Equal scenarios give equal figures.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use fastrand::Rng;
use florenetes_engine::{CongestionControl, Credentials, EcnCodepoint};

use crate::credentials::credentials;
use crate::flow::{End, Flow, Load, Sender};
use crate::path::{Bottleneck, PathShape};

/// Flows, their path, and the time that counts.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) path: PathShape,
    /// Times at which the path becomes another one.
    pub(crate) changes: Vec<(f64, PathShape)>,
    /// When the senders' packets take another path, and its shape. The former path goes on, and packets that are on it arrive.
    pub(crate) moved: Option<(f64, PathShape)>,
    pub(crate) senders: Vec<Sender>,
    /// The time from which on figures count.
    pub(crate) measured_from: f64,
    pub(crate) until: f64,
    /// Timers go off only at multiples of this many milliseconds.
    pub(crate) timers_every: f64,
}

impl Scenario {
    /// Bulk transfers, one for each control, that begin half a second after each other; the first third of the time does not count.
    pub(crate) fn bulk(path: PathShape, controls: &[CongestionControl], seconds: f64) -> Self {
        let sender =
            |(index, &control)| Sender { control, begins: 500.0 * index as f64, load: Load::Bulk, is_yielding: false };
        let senders = controls.iter().enumerate().map(sender).collect();
        let until = seconds * 1000.0;
        Self { path, changes: Vec::new(), moved: None, senders, measured_from: until / 3.0, until, timers_every: 0.0 }
    }

    /// Has senders begin this many milliseconds after each other.
    pub(crate) fn apart(mut self, milliseconds: f64) -> Self {
        for (index, sender) in self.senders.iter_mut().enumerate() {
            sender.begins = milliseconds * index as f64;
        }
        self
    }

    /// Has this many senders, from the first on, let others go first.
    pub(crate) fn yielding(mut self, count: usize) -> Self {
        self.senders[..count].iter_mut().for_each(|sender| sender.is_yielding = true);
        self
    }

    pub(crate) fn changing(self, at: f64, path: PathShape) -> Self {
        let mut changes = self.changes;
        changes.push((at, path));
        Self { changes, ..self }
    }

    /// Has packets take another path from a time on.
    pub(crate) fn moving(self, at: f64, path: PathShape) -> Self {
        Self { moved: Some((at, path)), ..self }
    }

    pub(crate) fn from(self, measured_from: f64) -> Self {
        Self { measured_from, ..self }
    }
}

/// The outcome of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Figures {
    /// Each flow's bytes that arrived, as a share of those that the bottleneck could have carried.
    pub(crate) shares: Vec<f64>,
    /// Milliseconds that packets waited before the bottleneck.
    pub(crate) queue_p50: f64,
    pub(crate) queue_p99: f64,
    /// Share of the packets that the bottleneck's queue had no room for.
    pub(crate) dropped: f64,
}

impl Figures {
    pub(crate) fn total(&self) -> f64 {
        self.shares.iter().sum()
    }

    /// Jain's index: 1 when all flows have the same, 1/n when one of n flows has all.
    pub(crate) fn fairness(&self) -> f64 {
        let squares: f64 = self.shares.iter().map(|share| share * share).sum();
        self.total().powi(2) / (self.shares.len() as f64 * squares)
    }
}

/// Runs a scenario to its end.
pub(crate) fn simulate(scenario: &Scenario) -> Figures {
    let mut simulation = Simulation::new(scenario);
    let mut changes = scenario.changes.iter();
    let mut change = changes.next();
    let mut carried = 0.0;
    let mut counted_from = scenario.measured_from;
    let mut before = Vec::new();
    loop {
        let due = change.map_or(scenario.until, |&(at, _)| at);
        let due = if before.is_empty() { due.min(scenario.measured_from) } else { due };
        simulation.run(due);
        if before.is_empty() && due >= scenario.measured_from {
            before = simulation.flows.iter().map(|flow| flow.received).collect();
            simulation.bottleneck.forget();
            continue;
        }
        if due > counted_from {
            carried += simulation.bottleneck.shape.rate * (due - counted_from);
            counted_from = due;
        }
        let Some(&(_, shape)) = change else { break };
        simulation.bottleneck.shape = shape;
        change = changes.next();
    }
    let shares = simulation.flows.iter().zip(before).map(|(flow, before)| (flow.received - before) as f64 / carried);
    let shares = shares.collect();
    let waits = &mut simulation.bottleneck.waits;
    waits.sort_unstable_by(f32::total_cmp);
    let quantile = |share: f64| waits.get((waits.len() as f64 * share) as usize).copied().unwrap_or(0.0).into();
    let (queue_p50, queue_p99) = (quantile(0.5), quantile(0.99));
    Figures { shares, queue_p50, queue_p99, dropped: simulation.bottleneck.dropped_share() }
}

/// Runs a scenario whose first path may change, and returns the bytes of all flows that have arrived after each step of this many milliseconds.
pub(crate) fn timeline(scenario: &Scenario, step: f64) -> Vec<u64> {
    let mut simulation = Simulation::new(scenario);
    let mut changes = scenario.changes.iter().peekable();
    let mut received = Vec::new();
    let mut now = 0.0;
    while now < scenario.until {
        now += step;
        while let Some(&(at, shape)) = changes.next_if(|(at, _)| *at < now) {
            simulation.run(at);
            simulation.former.as_mut().unwrap_or(&mut simulation.bottleneck).shape = shape;
        }
        simulation.run(now);
        received.push(simulation.flows.iter().map(|flow| flow.received).sum());
    }
    received
}

/// A packet behind the bottleneck, or on its way back.
struct Arrival {
    at: f64,
    order: u64,
    flow: usize,
    end: End,
    payload: Vec<u8>,
    mark: Option<EcnCodepoint>,
    is_of_former: bool,
}

impl Ord for Arrival {
    fn cmp(&self, other: &Self) -> Ordering {
        other.at.total_cmp(&self.at).then(other.order.cmp(&self.order))
    }
}

impl PartialOrd for Arrival {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Arrival {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Arrival {}

struct Simulation {
    now: f64,
    credentials: Credentials,
    rng: Rng,
    flows: Vec<Flow>,
    /// Deadlines of each flow's sender and receiver.
    deadlines: Vec<[f64; 2]>,
    bottleneck: Bottleneck,
    moved: Option<(f64, PathShape)>,
    /// The bottleneck of the path that senders have left.
    former: Option<Bottleneck>,
    /// Whether receivers have heard nothing over the new path, so that they answer over the former one.
    answers_over_former: bool,
    arrivals: BinaryHeap<Arrival>,
    order: u64,
    timers_every: f64,
}

/// A thing that can be due.
enum Due {
    Load(usize),
    Timeout(usize, End),
    Departure,
    FormerDeparture,
    Move,
    Arrival,
}

impl Simulation {
    fn new(scenario: &Scenario) -> Self {
        let flow = |(index, &sender)| Flow::new(sender, [index as u8 + 1; 32]);
        let flows: Vec<_> = scenario.senders.iter().enumerate().map(flow).collect();
        Self {
            now: 0.0,
            credentials: credentials(),
            rng: Rng::with_seed(1),
            deadlines: vec![[f64::INFINITY; 2]; flows.len()],
            flows,
            bottleneck: Bottleneck::new(scenario.path),
            moved: scenario.moved,
            former: None,
            answers_over_former: true,
            arrivals: BinaryHeap::new(),
            order: 0,
            timers_every: scenario.timers_every,
        }
    }

    fn run(&mut self, until: f64) {
        loop {
            let (at, due) = self.next();
            if at > until {
                self.now = until;
                return;
            }
            self.now = self.now.max(at);
            self.handle(due);
        }
    }

    fn next(&self) -> (f64, Due) {
        let mut next = (self.bottleneck.next_departure(), Due::Departure);
        if let Some(former) = self.former.as_ref().filter(|former| former.next_departure() < next.0) {
            next = (former.next_departure(), Due::FormerDeparture);
        }
        if let Some((at, _)) = self.moved.filter(|&(at, _)| at < next.0) {
            next = (at, Due::Move);
        }
        if let Some(arrival) = self.arrivals.peek().filter(|arrival| arrival.at < next.0) {
            next = (arrival.at, Due::Arrival);
        }
        for (index, flow) in self.flows.iter().enumerate() {
            let [sender, receiver] = self.deadlines[index];
            for (at, due) in [
                (flow.next_load(), Due::Load(index)),
                (sender, Due::Timeout(index, End::Sender)),
                (receiver, Due::Timeout(index, End::Receiver)),
            ] {
                if at < next.0 {
                    next = (at, due);
                }
            }
        }
        next
    }

    fn handle(&mut self, due: Due) {
        match due {
            Due::Load(index) => {
                self.flows[index].handle_load(&self.credentials, self.now);
                self.send(index, End::Sender);
            }
            Due::Timeout(index, end) => {
                self.flows[index].handle_timeout(end, self.now);
                self.send(index, end);
            }
            Due::Departure => {
                if let Some(packet) = self.bottleneck.handle_departure(self.now) {
                    let is_of_former = false;
                    self.pass_on(packet.flow, End::Receiver, packet.payload, packet.mark, is_of_former);
                }
            }
            Due::FormerDeparture => {
                if let Some(packet) = self.former.as_mut().and_then(|former| former.handle_departure(self.now)) {
                    self.pass_on(packet.flow, End::Receiver, packet.payload, packet.mark, true);
                }
            }
            Due::Move => {
                let Some((_, shape)) = self.moved.take() else { return };
                self.former = Some(std::mem::replace(&mut self.bottleneck, Bottleneck::new(shape)));
                for index in 0..self.flows.len() {
                    self.flows[index].begin_path(self.now);
                    self.send(index, End::Sender);
                }
            }
            Due::Arrival => {
                if let Some(Arrival { flow, end, payload, mark, is_of_former, .. }) = self.arrivals.pop() {
                    self.answers_over_former &= end == End::Sender || is_of_former || self.former.is_none();
                    self.flows[flow].handle_datagram(end, &payload, mark, &self.credentials, self.now);
                    self.send(flow, end);
                }
            }
        }
    }

    fn send(&mut self, flow: usize, end: End) {
        while let Some((payload, mark)) = self.flows[flow].poll_transmit(end, self.now) {
            let is_of_former = end == End::Receiver && self.answers_over_former && self.former.is_some();
            match end {
                _ if self.rng.f64() < self.shape(is_of_former).loss => {}
                End::Sender => self.bottleneck.handle_arrival(flow, payload, mark, self.now),
                End::Receiver => self.pass_on(flow, End::Sender, payload, mark, is_of_former),
            }
        }
        self.deadlines[flow] = [End::Sender, End::Receiver].map(|end| {
            let deadline = self.flows[flow].next_timeout(end);
            if self.timers_every > 0.0 { (deadline / self.timers_every).ceil() * self.timers_every } else { deadline }
        });
    }

    fn shape(&self, is_of_former: bool) -> PathShape {
        self.former.as_ref().filter(|_| is_of_former).unwrap_or(&self.bottleneck).shape
    }

    fn pass_on(&mut self, flow: usize, end: End, payload: Vec<u8>, mark: Option<EcnCodepoint>, is_of_former: bool) {
        let PathShape { delay, reordered, .. } = self.shape(is_of_former);
        let is_late = reordered > 0.0 && self.rng.f64() < reordered;
        let longer = if is_late { self.rng.f64() * delay / 4.0 } else { 0.0 };
        self.order += 1;
        let (at, order) = (self.now + delay + longer, self.order);
        self.arrivals.push(Arrival { at, order, flow, end, payload, mark, is_of_former });
    }
}
