//! A port over a socket in memory, with time made by hand.
#![allow(dead_code)]

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use florenetes_florio::frame::{self, Verdict};
use florenetes_florio::{FlorioError, FlorioErrorCode, Inbound, Port, PortEvent, PortSocket, Refusal};

/// The other side of a socket: it says what the kernel would do, and remembers what was done.
#[derive(Default)]
pub(crate) struct Kernel {
    /// Frames that the socket still takes.
    pub(crate) room: usize,
    pub(crate) partner_is_there: bool,
    pub(crate) partner_is_watched: bool,
    /// The answer that a send gets instead of being sent.
    pub(crate) refusal: Option<Refusal>,
    pub(crate) own_path_is_gone: bool,
    pub(crate) cannot_open: bool,
    pub(crate) is_open: bool,
    pub(crate) opened: u32,
    pub(crate) connects: u32,
    pub(crate) looks: u32,
    pub(crate) sent: Vec<String>,
}

pub(crate) struct MemorySocket(Rc<RefCell<Kernel>>);

impl PortSocket for MemorySocket {
    fn open(&mut self) -> Result<(), FlorioError> {
        let mut kernel = self.0.borrow_mut();
        if kernel.cannot_open {
            return Err(FlorioError::new(FlorioErrorCode::SocketInUse, "taken".into()));
        }
        (kernel.is_open, kernel.own_path_is_gone) = (true, false);
        kernel.opened += 1;
        Ok(())
    }

    fn close(&mut self) {
        self.0.borrow_mut().is_open = false;
    }

    fn is_open(&self) -> bool {
        self.0.borrow().is_open
    }

    fn is_own_path_there(&self) -> bool {
        !self.0.borrow().own_path_is_gone
    }

    fn connect(&mut self) -> Result<(), String> {
        let mut kernel = self.0.borrow_mut();
        kernel.connects += 1;
        if kernel.partner_is_there { Ok(()) } else { Err("not yet".into()) }
    }

    fn is_partner_connected(&self) -> bool {
        let mut kernel = self.0.borrow_mut();
        kernel.looks += 1;
        kernel.partner_is_there
    }

    fn is_partner_watched(&self) -> bool {
        self.0.borrow().partner_is_watched
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let mut kernel = self.0.borrow_mut();
        assert!(kernel.is_open, "only an open socket sends");
        if !kernel.partner_is_there {
            return Err(Refusal::Gone { reason: "gone".into(), must_replace: false });
        }
        if let Some(refusal) = &kernel.refusal {
            return Err(refusal.clone());
        }
        if kernel.room == 0 {
            return Err(Refusal::Full);
        }
        kernel.room -= 1;
        let mut bytes = bytes.to_vec();
        let text = match frame::check(&bytes) {
            Verdict::Control => format!("control:{}", frame::message(&bytes)[0]),
            Verdict::Data { handle, .. } => {
                let firsts: Vec<_> = frame::packets_mut(&mut bytes).map(|packet| packet[0].to_string()).collect();
                format!("{handle}:{}", firsts.join(","))
            }
            wrong => panic!("sent {wrong:?}"),
        };
        kernel.sent.push(text);
        Ok(())
    }
}

pub(crate) struct World {
    pub(crate) kernel: Rc<RefCell<Kernel>>,
    pub(crate) port: Port<MemorySocket>,
    pub(crate) now: Instant,
}

impl World {
    /// A port whose partner is not there.
    pub(crate) fn alone() -> Self {
        let kernel = Rc::new(RefCell::new(Kernel { room: usize::MAX, ..Kernel::default() }));
        let now = Instant::now();
        let port = Port::open(MemorySocket(kernel.clone()), now).unwrap();
        Self { kernel, port, now }
    }

    pub(crate) fn connected() -> Self {
        let mut world = Self::alone();
        world.kernel.borrow_mut().partner_is_there = true;
        assert_eq!(world.turn(), [PortEvent::Connected]);
        world
    }

    pub(crate) fn turn(&mut self) -> Vec<PortEvent> {
        self.port.handle_timeout(self.now);
        self.port.handle_turn_end(self.now);
        std::iter::from_fn(|| self.port.poll_event()).collect()
    }

    pub(crate) fn pass(&mut self, time: Duration) -> Vec<PortEvent> {
        self.now += time;
        self.turn()
    }

    pub(crate) fn set_room(&mut self, room: usize) {
        self.kernel.borrow_mut().room = room;
        if room > 0 {
            self.port.handle_writable();
        }
    }

    pub(crate) fn packet(&mut self, handle: u32, first: u8, size: usize) -> bool {
        self.port.send_packet(handle, &vec![first; size])
    }

    /// Receives a frame, and sends it on.
    pub(crate) fn whole(&mut self, handle: u32, firsts: &[u8]) -> bool {
        let mut bytes = data_frame(1, firsts);
        let Inbound::Data(frame) = self.port.handle_datagram(&mut bytes, self.now) else { panic!("it is a frame") };
        self.port.send_frame(handle, frame)
    }

    pub(crate) fn take_sent(&mut self) -> Vec<String> {
        std::mem::take(&mut self.kernel.borrow_mut().sent)
    }
}

pub(crate) fn data_frame(handle: u32, firsts: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame::begin_data(&mut bytes, handle);
    firsts.iter().for_each(|first| frame::append_packet(&mut bytes, &[*first]));
    bytes
}

/// A CONTROL frame.
pub(crate) fn control_frame(message: &[u8]) -> Vec<u8> {
    [&[1, 2, 0, 0, 0, 0, 0, 0], message].concat()
}
