use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Instant;

use florenetes_io::CommandRefused;
use florenetes_io::data_thread::{DataThread, end_process};

use crate::carrier::Carrier;
use crate::event::Event;
use crate::event_queue::{EventReader, event_queue};
use crate::figures::Figures;
use crate::limits::FIGURES_PATIENCE;
use crate::order::Order;
use crate::time::LaneClock;
use crate::watch::Watch;

/// A thing that the thread is given.
pub(crate) enum Command {
    Order(Order),
    TellFigures {
        cluster: u32,
        to: SyncSender<Figures>,
    },
    /// The queue of events was emptied, which something waits for.
    EventsTaken,
}

/// The thread that carries the links of a process. Dropping it stops and joins it; sessions are gone without a word.
///
/// A panic inside one session is the end of that session, with INTERNAL_ERROR. Any other ends the process
/// ([`DataThread`]).
pub struct Lane {
    thread: DataThread<Command>,
    events: EventReader,
    beats: Arc<AtomicU32>,
    watch: Watch,
}

impl Lane {
    /// Starts the thread.
    ///
    /// `now_ms` is the time by the owner's clock, which counts milliseconds and never goes back: the clock of the connections that
    /// are adopted. `bell` is called in the thread when there are events, and not again before they are taken.
    ///
    /// # Errors
    ///
    /// The system has no thread, or no descriptors, for us.
    pub fn start(now_ms: f64, bell: impl Fn() + Send + 'static) -> io::Result<Self> {
        let clock = LaneClock::new(Instant::now(), now_ms);
        let (writer, events) = event_queue(bell);
        let beats = Arc::new(AtomicU32::new(0));
        let of_thread = Arc::clone(&beats);
        let thread = DataThread::start(move || Carrier::new(clock, writer, of_thread))?;
        Ok(Self { thread, events, beats, watch: Watch::default() })
    }

    /// Gives an order, without waiting.
    ///
    /// # Errors
    ///
    /// The order, when too many wait: it may be given again later, before all others.
    pub fn order(&self, order: Order) -> Result<(), Box<Order>> {
        match self.thread.send(Command::Order(order)) {
            Err(CommandRefused::Full(Command::Order(order)) | CommandRefused::Gone(Command::Order(order))) => {
                Err(Box::new(order))
            }
            _ => Ok(()),
        }
    }

    /// All that was told since the last call, in its order.
    #[must_use]
    pub fn take_events(&self) -> Vec<Event> {
        let (events, is_waited_for) = self.events.take();
        if is_waited_for {
            // Where too many commands wait, the thread is awake.
            let _ = self.thread.send(Command::EventsTaken);
        }
        events
    }

    /// Looks whether the thread goes on. To be called each [`BEAT`](crate::limits::BEAT), not more often. When the thread has
    /// missed ten of them the process ends, with exit code 70 and a line on stderr.
    pub fn watch(&mut self) {
        if self.watch.is_hung(self.beats.load(Relaxed)) {
            end_process("it hangs");
        }
    }

    /// The figures of a cluster as they are now. This waits for the end of the thread's turn: some milliseconds under load.
    ///
    /// `None`: the thread does not answer.
    #[must_use]
    pub fn figures(&self, cluster: u32) -> Option<Figures> {
        let (to, figures) = sync_channel(1);
        self.thread.send(Command::TellFigures { cluster, to }).ok()?;
        figures.recv_timeout(FIGURES_PATIENCE).ok()
    }
}
