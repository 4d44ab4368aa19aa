//! A data thread as JavaScript has it: what `NativeLane` and `NativeCluster` have in common.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use florenetes_florio::Heard;
use florenetes_io::data_thread::end_process;
use florenetes_io::limits::SOCKETS_MAX;
use florenetes_lane::to_bytes::ToBytes;
use florenetes_lane::{Lane, LaneOrder, Taken, WaitingOrders};
use napi::bindgen_prelude::{Buffer, Error, Function, Result};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;

pub(crate) struct LaneOwner<Order, Event, Figures> {
    /// None once it is closed.
    lane: Option<Lane<Order, Event, Figures>>,
    /// Orders for which the thread had no room.
    waiting: WaitingOrders<Order>,
    /// Bytes of the events that were taken last.
    taken: Cell<usize>,
}

/// The most room that is made for events before they are written.
const EVENTS_ROOM_MAX: usize = 64 * 1024;

impl<Order: LaneOrder, Event: ToBytes + Send + 'static, Figures: ToBytes + Send + 'static>
    LaneOwner<Order, Event, Figures>
{
    pub(crate) fn new(lane: std::io::Result<Lane<Order, Event, Figures>>) -> Result<Self> {
        let lane = lane.map_err(|error| Error::from_reason(error.to_string()))?;
        Ok(Self { lane: Some(lane), waiting: WaitingOrders::default(), taken: Cell::new(0) })
    }

    pub(crate) fn close(&mut self) {
        self.lane = None;
        self.waiting.clear();
    }

    /// Takes the events that wait, one behind the other.
    pub(crate) fn take_events(&self) -> Option<Buffer> {
        let events = self.lane.as_ref()?.take_events();
        if events.is_empty() {
            return None;
        }
        // Batches of a busy thread are alike, so that there is room for as much as last time: to grow is to copy.
        let mut out = Vec::with_capacity(self.taken.get());
        events.iter().for_each(|event| event.write(&mut out));
        self.taken.set(out.len().min(EVENTS_ROOM_MAX));
        Some(out.into())
    }

    pub(crate) fn flush(&mut self) -> bool {
        let Some(lane) = &self.lane else { return true };
        self.waiting.flush(|order| lane.order(order))
    }

    pub(crate) fn watch(&mut self) {
        if let Some(lane) = &mut self.lane {
            lane.watch();
        }
    }

    pub(crate) fn figures(&self, cluster: u32) -> Option<Buffer> {
        let figures = self.lane.as_ref()?.figures(cluster)?;
        let mut out = Vec::new();
        figures.write(&mut out);
        Some(out.into())
    }

    /// An order that there is no room for waits, and so do those that come after it: none overtakes. Returns false when it is given up, since
    /// it may be lost and too many wait; throws when nobody could carry it out.
    pub(crate) fn give(&mut self, order: Order) -> Result<bool> {
        if let Some(rule) = order.fault() {
            return Err(Error::from_reason(rule));
        }
        if self.lane.is_none() {
            return Ok(false);
        }
        self.flush();
        let lossy_bytes = order.lossy_bytes();
        let taken = self.waiting.push(order, lossy_bytes);
        if taken == Taken::TooMany {
            end_process("it takes no orders");
        }
        self.flush();
        Ok(taken == Taken::Yes)
    }
}

/// When the known messages of partners came last, by their ports' numbers.
#[derive(Default)]
pub(crate) struct HeardPartners(HashMap<u32, Arc<Heard>>);

impl HeardPartners {
    /// The place where the thread notes that a port's partner was heard.
    pub(crate) fn of(&mut self, port: u32) -> Result<Arc<Heard>> {
        if self.0.len() >= SOCKETS_MAX && !self.0.contains_key(&port) {
            return Err(Error::from_reason("a thread has no more than 256 ports"));
        }
        Ok(Arc::clone(self.0.entry(port).or_insert_with(|| Arc::new(Heard::new(Instant::now())))))
    }

    /// The port's number may become another one's.
    pub(crate) fn forget(&mut self, port: u32) {
        self.0.remove(&port);
    }

    /// How many milliseconds ago it was. None: it did not come.
    pub(crate) fn milliseconds_ago(&self, port: u32) -> Option<f64> {
        let at = self.0.get(&port)?.at()?;
        Some(at.elapsed().as_secs_f64() * 1_000.0)
    }
}

/// Makes of a function of JavaScript's one that the thread may call.
pub(crate) fn bell_of(bell: &Function<'_, (), ()>) -> Result<impl Fn() + Send + 'static> {
    let bell = bell.build_threadsafe_function::<()>().build()?;
    Ok(move || {
        // A process that ends has nobody to be told.
        bell.call((), ThreadsafeFunctionCallMode::NonBlocking);
    })
}
