//! Commands from another thread: a bounded queue, and a bell that wakes who waits for sockets.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError, sync_channel};

use crate::limits::COMMANDS_MAX;
use crate::sys::eventfd;

/// Gives commands to a thread. Dropping it tells the thread to stop.
pub struct CommandSender<C> {
    queue: Option<SyncSender<C>>,
    bell: Arc<Bell>,
}

/// Why a command was not taken; it comes back.
#[derive(Debug, PartialEq, Eq)]
pub enum CommandRefused<C> {
    /// `COMMANDS_MAX` of them wait.
    Full(C),
    /// The thread has ended.
    Gone(C),
}

pub(crate) struct CommandReceiver<C> {
    queue: Receiver<C>,
    bell: Arc<Bell>,
}

struct Bell {
    file: File,
    /// The bell was rung, and nobody has looked yet: ringing again would be a system call for nothing.
    is_rung: AtomicBool,
}

pub(crate) fn command_queue<C>() -> io::Result<(CommandSender<C>, CommandReceiver<C>)> {
    let (sender, receiver) = sync_channel(COMMANDS_MAX);
    let bell = Arc::new(Bell { file: eventfd::create()?, is_rung: AtomicBool::new(false) });
    Ok((CommandSender { queue: Some(sender), bell: bell.clone() }, CommandReceiver { queue: receiver, bell }))
}

impl<C> CommandSender<C> {
    /// Never waits.
    ///
    /// # Errors
    ///
    /// The command, when it was not taken.
    pub fn send(&self, command: C) -> Result<(), CommandRefused<C>> {
        let Some(queue) = &self.queue else { return Err(CommandRefused::Gone(command)) };
        match queue.try_send(command) {
            Ok(()) => {
                self.bell.ring();
                Ok(())
            }
            Err(TrySendError::Full(command)) => Err(CommandRefused::Full(command)),
            Err(TrySendError::Disconnected(command)) => Err(CommandRefused::Gone(command)),
        }
    }

    /// Wakes the thread, which then finds out by itself what for: unlike a command, this is never refused.
    pub fn wake(&self) {
        self.bell.ring();
    }
}

impl<C> Drop for CommandSender<C> {
    fn drop(&mut self) {
        self.queue = None;
        self.bell.ring();
    }
}

impl<C> CommandReceiver<C> {
    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.bell.file.as_fd()
    }

    /// The bell has rung: what was given before this is in the queue, and what is given later rings again.
    pub(crate) fn quiet(&self) {
        // The file holds a count, or nothing when it was read before; neither is of use.
        let _ = (&self.bell.file).read(&mut [0; 8]);
        self.bell.is_rung.swap(false, Ordering::AcqRel);
    }

    /// Rings for what is left in the queue.
    pub(crate) fn ring(&self) {
        self.bell.ring();
    }

    /// The next command. `Err(Disconnected)`: it is time to stop.
    pub(crate) fn next(&self) -> Result<C, TryRecvError> {
        self.queue.try_recv()
    }
}

impl Bell {
    fn ring(&self) {
        if !self.is_rung.swap(true, Ordering::AcqRel) {
            // Writing fails only when the file's count is full, and then it is readable.
            let _ = (&self.file).write(&1_u64.to_ne_bytes());
        }
    }
}
