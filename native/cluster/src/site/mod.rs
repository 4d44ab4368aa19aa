//! The things that all connections share: counts and events of streams, services, the workloads' sockets, memory.

mod access;
mod accounts;
mod connect_waits;
mod services;

use std::collections::HashMap;

use florenetes_io::Inbox;
use florenetes_io::data_thread::Watcher;
use florenetes_lane::{EventWriter, Share};

pub(crate) use self::access::{Access, Unopened};
pub(crate) use self::accounts::{Accounts, Refusal};
use self::connect_waits::ConnectWaits;
pub(crate) use self::services::{Service, Services};
use crate::datagrams::{DatagramTunnel, Ended, FlowPlace, ServedFlows};
use crate::event::Event;
use crate::figures::Drops;
use crate::limits::{CHUNK_SIZE, Limits};
use crate::order::Settings;
use crate::workloads::{Client, Workloads};

/// The things that all connections share.
pub(crate) struct Site {
    pub(crate) limits: Limits,
    pub(crate) events: EventWriter<Event>,
    /// Bounds the events that strangers and partners can cause.
    pub(crate) share: Share,
    pub(crate) accounts: Accounts,
    pub(crate) access: Access,
    pub(crate) workloads: Workloads,
    pub(crate) services: Services,
    /// Tunnels of datagrams.
    pub(crate) tunnels: HashMap<u32, DatagramTunnel>,
    /// Flows of services.
    pub(crate) served: ServedFlows,
    /// Flows that were forgotten, and whose connections do not know that yet.
    pub(crate) flows_ended: Vec<(FlowPlace, Ended)>,
    pub(crate) waits: ConnectWaits,
    pub(crate) drops: Drops,
    /// Workloads, with their trunks, whose connection ended before the far end had accepted them.
    pub(crate) offered_again: Vec<(u32, Client)>,
    /// Bytes that all streams hold in memory.
    pub(crate) memory_held: u64,
    /// The buffer that streams and sockets are read into.
    pub(crate) chunk: Vec<u8>,
    /// The buffer into which all datagram sockets are read. None: it is in use.
    pub(crate) inbox: Option<Box<Inbox>>,
}

impl Site {
    pub(crate) fn new(settings: &Settings, events: EventWriter<Event>, watcher: Watcher) -> Self {
        Self {
            limits: settings.limits,
            events,
            share: Share::default(),
            accounts: Accounts::default(),
            access: Access::new(settings.tells_streams),
            workloads: Workloads::new(watcher, settings.workloads_max),
            services: Services::default(),
            tunnels: HashMap::new(),
            served: ServedFlows::default(),
            flows_ended: Vec::new(),
            waits: ConnectWaits::new(settings.limits.connect_wait),
            drops: Drops::default(),
            offered_again: Vec::new(),
            memory_held: 0,
            chunk: vec![0; CHUNK_SIZE],
            inbox: Some(Box::default()),
        }
    }

    /// The resource that is used up for further streams, in words for people; none: there is room.
    pub(crate) fn shortage(&self) -> Option<&'static str> {
        if self.is_memory_short() {
            return Some("the memory for streams is spent");
        }
        if self.workloads.has_room() {
            return None;
        }
        Some("hardly any file descriptors are left: raise their limit (`ulimit -n`, in systemd LimitNOFILE=)")
    }

    /// Whether all streams together hold as much memory as they may.
    pub(crate) fn is_memory_short(&self) -> bool {
        self.memory_held >= self.limits.memory_max
    }

    /// Replaces a stream's charge `before` by `now`.
    pub(crate) fn charge(&mut self, before: &mut u64, now: u64) {
        self.memory_held = self.memory_held - *before + now;
        *before = now;
    }
}
