use std::io::{self, Write};
use std::panic::{self, AssertUnwindSafe};
use std::thread::{self, JoinHandle};

use super::handler::Handler;
use super::turn::Turns;
use super::watcher::Watcher;
use crate::doorbell::{CommandRefused, CommandSender, command_queue};
use crate::sys::exit::exit_now;
use crate::sys::signals::block_in_this_thread;

/// The exit code of a process whose data thread has failed, as for every broken invariant. A supervisor starts the process again.
const EXIT_CODE: i32 = 70;

/// The data thread. Dropping it stops and joins the thread.
///
/// A panic in the thread, or a kernel that refuses to wait, ends the process with exit code 70 and a line on stderr, since packets would stop
/// unnoticed. A handler that can go on after a panic of its own catches it.
pub struct DataThread<C> {
    /// None once the thread is to stop.
    commands: Option<CommandSender<C>>,
    thread: Option<JoinHandle<()>>,
}

impl<C: Send + 'static> DataThread<C> {
    /// Starts the thread, which calls `make_handler`.
    ///
    /// # Errors
    ///
    /// The system has no thread, or no descriptors, left.
    pub fn start<H: Handler<Command = C>>(
        make_handler: impl FnOnce(Watcher) -> H + Send + 'static,
    ) -> io::Result<Self> {
        let (commands, receiver) = command_queue()?;
        let thread = thread::Builder::new().name("data".into()).spawn(move || {
            let run = || {
                block_in_this_thread()?;
                Turns::new(make_handler, receiver)?.run()
            };
            match panic::catch_unwind(AssertUnwindSafe(run)) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => end_process(&format!("the system refuses what it waits for: {error}")),
                Err(panic) => end_process(panic_message(&*panic)),
            }
        })?;
        Ok(Self { commands: Some(commands), thread: Some(thread) })
    }

    /// Gives the thread a command, without waiting.
    ///
    /// # Errors
    ///
    /// The command, if too many wait or the thread has ended.
    pub fn send(&self, command: C) -> Result<(), CommandRefused<C>> {
        match &self.commands {
            Some(commands) => commands.send(command),
            None => Err(CommandRefused::Gone(command)),
        }
    }

    /// Lets the thread make a turn, however many commands wait.
    pub fn wake(&self) {
        if let Some(commands) = &self.commands {
            commands.wake();
        }
    }
}

impl<C> Drop for DataThread<C> {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // The thread never ends by a panic.
            let _ = thread.join();
        }
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("it has panicked")
}

/// Ends the process at once, since the data thread has failed. `why` is for people.
pub fn end_process(why: &str) -> ! {
    let _ = writeln!(io::stderr(), "ERR_DATA_THREAD: the data thread has failed: {why}");
    exit_now(EXIT_CODE)
}
