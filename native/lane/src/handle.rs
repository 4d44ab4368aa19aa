use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Instant;

use florenetes_io::CommandRefused;
use florenetes_io::data_thread::{DataThread, Handler, Watcher, end_process};

use crate::clock::LaneClock;
use crate::event_queue::{EventReader, EventWriter, event_queue};
use crate::limits::{BEAT, FIGURES_PATIENCE};
use crate::watch::Watch;

/// A thing that the thread is given.
pub enum Command<Order, Figures> {
    /// Something to do.
    Order(Order),
    /// Somebody asks how things are.
    TellFigures {
        /// The cluster that is asked for.
        cluster: u32,
        /// The asker, who may have lost patience.
        to: SyncSender<Figures>,
    },
}

/// All that a handler is given when its thread begins.
pub struct Thread<Event> {
    /// The time, by the thread's clock and the owner's.
    pub clock: LaneClock,
    /// The way to the owner.
    pub events: EventWriter<Event>,
    /// Signs that the thread goes on.
    pub beats: Beats,
    /// For descriptors of the handler's own.
    pub watcher: Watcher,
}

/// The thread that carries something for its owner. Dropping it stops and joins it.
///
/// A panic inside one connection is the end of that connection, with INTERNAL_ERROR. Any other ends the process
/// ([`DataThread`]).
pub struct Lane<Order, Event, Figures> {
    thread: DataThread<Command<Order, Figures>>,
    events: EventReader<Event>,
    beats: Arc<AtomicU32>,
    watch: Watch,
}

impl<Order: Send + 'static, Event: Send + 'static, Figures: Send + 'static> Lane<Order, Event, Figures> {
    /// Starts the thread with the handler that is made in it.
    ///
    /// `now_ms` is the time by the owner's clock, which counts milliseconds and never goes back: the clock of the connections that
    /// are adopted. `bell` is called in the thread when there are events, and not again before they are taken.
    ///
    /// # Errors
    ///
    /// The system has no thread, or no descriptors, for us.
    pub fn start<H: Handler<Command = Command<Order, Figures>>>(
        now_ms: f64,
        bell: impl Fn() + Send + 'static,
        make_handler: impl FnOnce(Thread<Event>) -> H + Send + 'static,
    ) -> io::Result<Self> {
        let clock = LaneClock::new(Instant::now(), now_ms);
        let (writer, events) = event_queue(bell);
        let beats = Arc::new(AtomicU32::new(0));
        let of_thread = Beats { count: Arc::clone(&beats), next: clock.start() + BEAT };
        let thread = DataThread::start(move |watcher| {
            make_handler(Thread { clock, events: writer, beats: of_thread, watcher })
        })?;
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
            self.thread.wake();
        }
        events
    }

    /// Looks whether the thread goes on. To be called each [`BEAT`], not more often. When the thread has missed five of them the
    /// process ends, with exit code 70 and a line on stderr.
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

/// Shows the owner, who watches, that the thread goes on.
pub struct Beats {
    count: Arc<AtomicU32>,
    next: Instant,
}

impl Beats {
    /// When `handle_timeout` is due.
    #[must_use]
    pub fn next_timeout(&self) -> Instant {
        self.next
    }

    /// Shows it, if it is time.
    pub fn handle_timeout(&mut self, now: Instant) {
        if now >= self.next {
            self.next = now + BEAT;
            self.count.fetch_add(1, Relaxed);
        }
    }
}
