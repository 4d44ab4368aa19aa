use std::io;
use std::os::fd::BorrowedFd;

use crate::control::ControlBuffer;
use crate::limits::{RECEIVE_SLOT_SIZE, RECEIVE_SLOTS};
use crate::name::SocketName;
use crate::sys::receive_many::{Received, receive_many};

/// The block of memory that all sockets of a thread receive into. Only pages that datagrams have reached take up memory.
pub struct Inbox {
    bytes: Box<[u8]>,
    slots: [Received; RECEIVE_SLOTS],
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            bytes: vec![0; RECEIVE_SLOTS * RECEIVE_SLOT_SIZE].into(),
            slots: std::array::from_fn(|_| Received::default()),
        }
    }
}

/// The content of one slot.
pub(crate) struct Delivery<'a> {
    pub(crate) sender: &'a SocketName,
    pub(crate) control: &'a ControlBuffer,
    pub(crate) bytes: &'a mut [u8],
}

impl Inbox {
    /// Receives waiting datagrams from a socket, into at most `RECEIVE_SLOTS` slots. The kernel closes passed descriptors that find no room among the
    /// control messages.
    pub(crate) fn receive<'a>(
        &'a mut self,
        socket: BorrowedFd<'_>,
        control_size: usize,
    ) -> io::Result<impl ExactSizeIterator<Item = Delivery<'a>> + use<'a>> {
        let count = receive_many(socket, &mut self.bytes, &mut self.slots, control_size)?;
        let places = self.bytes.chunks_exact_mut(RECEIVE_SLOT_SIZE);
        Ok(self.slots[..count].iter().zip(places).map(|(slot, place)| Delivery {
            sender: &slot.sender,
            control: &slot.control,
            bytes: &mut place[..slot.length.min(RECEIVE_SLOT_SIZE)],
        }))
    }
}
