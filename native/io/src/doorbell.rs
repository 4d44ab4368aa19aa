//! Commands from another thread: a bounded queue, and a bell that wakes the thread from its wait for sockets.

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

/// Why a command was not taken. The command comes back.
#[derive(Debug, PartialEq, Eq)]
pub enum CommandRefused<C> {
    /// `COMMANDS_MAX` commands are waiting.
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
    /// The bell was rung, and the thread has not looked yet. Ringing again would be a needless system call.
    is_rung: AtomicBool,
}

pub(crate) fn command_queue<C>() -> io::Result<(CommandSender<C>, CommandReceiver<C>)> {
    let (sender, receiver) = sync_channel(COMMANDS_MAX);
    let bell = Arc::new(Bell { file: eventfd::create()?, is_rung: AtomicBool::new(false) });
    Ok((CommandSender { queue: Some(sender), bell: bell.clone() }, CommandReceiver { queue: receiver, bell }))
}

impl<C> CommandSender<C> {
    /// Gives the thread a command, without waiting.
    ///
    /// # Errors
    ///
    /// The command, if it was not taken.
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

    /// Wakes the thread, which finds out by itself what is to be done. Unlike a command, this is never refused.
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

    /// Quiets the bell. Commands given before are in the queue; later commands ring it again.
    pub(crate) fn quiet(&self) {
        // The file holds a count, or nothing if it was read before. Neither matters.
        let _ = (&self.bell.file).read(&mut [0; 8]);
        self.bell.is_rung.swap(false, Ordering::AcqRel);
    }

    /// Rings the bell for commands left in the queue.
    pub(crate) fn ring(&self) {
        self.bell.ring();
    }

    /// The next command. `Err(Disconnected)`: the thread has to stop.
    pub(crate) fn next(&self) -> Result<C, TryRecvError> {
        self.queue.try_recv()
    }
}

impl Bell {
    fn ring(&self) {
        if !self.is_rung.swap(true, Ordering::AcqRel) {
            // Writing fails only when the file's count is full, and then the file is readable anyway.
            let _ = (&self.file).write(&1_u64.to_ne_bytes());
        }
    }
}
