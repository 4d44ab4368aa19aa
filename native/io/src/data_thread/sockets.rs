use std::io;
use std::net::SocketAddr;
use std::ops::{Index, IndexMut};
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::Instant;

use florenetes_florio::{FlorioError, FlorioErrorCode};

use super::watcher::KEY_BIT;
use crate::florio::{FlorioPort, open_port};
use crate::limits::SOCKETS_MAX;
use crate::poller::Poller;
use crate::udp::UdpSocket;

/// A UDP socket of the thread, until it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UdpId(pub(super) usize);

/// A FlorIO port of the thread, until it is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortId(pub(super) usize);

/// The thread's UDP sockets.
#[derive(Default)]
pub struct UdpSockets(pub(super) Places<UdpSocket>);

/// The thread's FlorIO ports.
#[derive(Default)]
pub struct Ports(pub(super) Places<FlorioPort>);

/// All sockets of the thread, and the poller that watches them.
pub struct Sockets {
    /// The UDP sockets.
    pub udp: UdpSockets,
    /// The FlorIO ports.
    pub ports: Ports,
    pub(super) poller: Poller,
}

/// The meaning of a token of the poller.
pub(super) enum Watched {
    Commands,
    Udp(usize),
    Port(usize),
    /// The process of a port's partner.
    Partner(usize),
    /// A descriptor of the handler's own, by its key.
    Key(u64),
}

/// The bits of a token from here on are the kind of the descriptor; the bits below are its place.
const KIND_SHIFT: u32 = 32;
const KIND_UDP: u64 = 1;
const KIND_PORT: u64 = 2;
const KIND_PARTNER: u64 = 3;
pub(super) const TOKEN_COMMANDS: u64 = 0;

pub(super) fn watched(token: u64) -> Watched {
    if token & KEY_BIT != 0 {
        return Watched::Key(token & !KEY_BIT);
    }
    let place = (token & u64::from(u32::MAX)) as usize;
    match token >> KIND_SHIFT {
        KIND_UDP => Watched::Udp(place),
        KIND_PORT => Watched::Port(place),
        KIND_PARTNER => Watched::Partner(place),
        _ => Watched::Commands,
    }
}

impl Sockets {
    pub(super) fn new(poller: Poller) -> Self {
        Self { udp: UdpSockets::default(), ports: Ports::default(), poller }
    }

    /// Binds a UDP socket, which is read from then on.
    ///
    /// # Errors
    ///
    /// The system's; `QuotaExceeded` when there are `SOCKETS_MAX`.
    pub fn open_udp(&mut self, listen: SocketAddr) -> io::Result<UdpId> {
        let place = self.udp.0.free_place().ok_or(io::ErrorKind::QuotaExceeded)?;
        let socket = UdpSocket::open(listen)?;
        self.poller.add(socket.as_fd(), KIND_UDP << KIND_SHIFT | place as u64)?;
        self.udp.0.put(place, socket);
        Ok(UdpId(place))
    }

    /// Opens a FlorIO port, which is read from then on.
    ///
    /// # Errors
    ///
    /// Our own path cannot be bound, or there are `SOCKETS_MAX` ports.
    pub fn open_port(&mut self, bind: PathBuf, connect: PathBuf, now: Instant) -> Result<PortId, FlorioError> {
        let Some(place) = self.ports.0.free_place() else {
            return Err(FlorioError::new(
                FlorioErrorCode::Socket,
                format!("there are {SOCKETS_MAX} FlorIO ports already"),
            ));
        };
        self.ports.0.put(place, open_port(bind, connect, now)?);
        Ok(PortId(place))
    }

    /// Closes a UDP socket. Datagrams that the kernel had no room for are dropped.
    pub fn close_udp(&mut self, id: UdpId) {
        self.udp.0.take(id.0);
    }

    /// Lets a port send what it can, and closes it.
    pub fn close_port(&mut self, id: PortId) {
        if let Some(mut port) = self.ports.0.take(id.0) {
            port.close();
        }
    }

    /// Watches the sockets that were opened in this turn, and watches blocked sockets for room to write.
    pub(super) fn watch(&mut self) -> io::Result<()> {
        for (place, port, is_writing) in self.ports.0.iter_mut() {
            let token = KIND_PORT << KIND_SHIFT | place as u64;
            let is_blocked = port.is_blocked();
            let is_new = port.socket().take_new();
            if let Some(end) = port.socket().take_new_end() {
                self.poller.add(end, KIND_PARTNER << KIND_SHIFT | place as u64)?;
            }
            let Some(descriptor) = port.socket().descriptor() else { continue };
            if is_new {
                self.poller.add(descriptor, token)?;
                *is_writing = false;
            }
            if *is_writing != is_blocked {
                self.poller.set_writing(descriptor, token, is_blocked)?;
                *is_writing = is_blocked;
            }
        }
        for (place, socket, is_writing) in self.udp.0.iter_mut() {
            if *is_writing == socket.is_writable() {
                *is_writing = !socket.is_writable();
                self.poller.set_writing(socket.as_fd(), KIND_UDP << KIND_SHIFT | place as u64, *is_writing)?;
            }
        }
        Ok(())
    }
}

impl Index<UdpId> for UdpSockets {
    type Output = UdpSocket;

    fn index(&self, id: UdpId) -> &UdpSocket {
        self.0.get(id.0).expect("the socket is open")
    }
}

impl IndexMut<UdpId> for UdpSockets {
    fn index_mut(&mut self, id: UdpId) -> &mut UdpSocket {
        self.0.get_mut(id.0).expect("the socket is open")
    }
}

impl Index<PortId> for Ports {
    type Output = FlorioPort;

    fn index(&self, id: PortId) -> &FlorioPort {
        self.0.get(id.0).expect("the port is open")
    }
}

impl IndexMut<PortId> for Ports {
    fn index_mut(&mut self, id: PortId) -> &mut FlorioPort {
        self.0.get_mut(id.0).expect("the port is open")
    }
}

/// At most `SOCKETS_MAX` numbered places for sockets, with whether each socket is watched for room to write.
pub(super) struct Places<T>(Vec<Option<(T, bool)>>);

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Places<T> {
    fn free_place(&self) -> Option<usize> {
        let place = self.0.iter().position(Option::is_none).unwrap_or(self.0.len());
        (place < SOCKETS_MAX).then_some(place)
    }

    fn put(&mut self, place: usize, value: T) {
        if place == self.0.len() {
            self.0.push(None);
        }
        self.0[place] = Some((value, false));
    }

    fn take(&mut self, place: usize) -> Option<T> {
        Some(self.0.get_mut(place)?.take()?.0)
    }

    fn get(&self, place: usize) -> Option<&T> {
        Some(&self.0.get(place)?.as_ref()?.0)
    }

    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut T> {
        Some(&mut self.0.get_mut(place)?.as_mut()?.0)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (usize, &mut T, &mut bool)> {
        self.0
            .iter_mut()
            .enumerate()
            .filter_map(|(place, it)| it.as_mut().map(|(value, is_writing)| (place, value, is_writing)))
    }
}
