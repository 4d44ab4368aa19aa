//! The owner and a thread that has more orders than it can take.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use florenetes_florio::PortEvent;
use florenetes_florio::frame::DataFrame;
use florenetes_io::data_thread::{Handler, PortId, Ports, Sockets, UdpId, UdpSockets};
use florenetes_io::udp::Datagrams;
use florenetes_lane::{Command, EventWriter, Lane};

/// How long a test waits for what must come: only a defect ever takes so long.
const PATIENCE: Duration = Duration::from_secs(10);

enum Order {
    /// The thread tells an event, and holds another back.
    HoldBack,
    /// The thread is busy until a message comes.
    Pause(Receiver<()>),
    Nothing,
}

struct Holding {
    events: EventWriter<()>,
    released: Sender<()>,
}

impl Handler for Holding {
    type Command = Command<Order, ()>;

    fn handle_command(&mut self, command: Self::Command, _: &mut Sockets, _: Instant) {
        match command {
            Command::Order(Order::HoldBack) => {
                self.events.push(());
                self.events.hold_back();
            }
            Command::Order(Order::Pause(end)) => _ = end.recv(),
            _ => {}
        }
    }

    fn handle_datagrams(&mut self, _: UdpId, _: Datagrams<'_>, _: &mut Ports, _: Instant) {}

    fn handle_data(&mut self, _: PortId, _: DataFrame<'_>, _: &mut Ports, _: Instant) {}

    fn handle_message(&mut self, _: PortId, _: &[u8], _: &mut Ports, _: Instant) {}

    fn handle_port_event(&mut self, _: PortId, _: PortEvent, _: &mut Ports, _: Instant) {}

    fn next_timeout(&self) -> Option<Instant> {
        None
    }

    fn handle_timeout(&mut self, _: Instant) {}

    fn handle_turn(&mut self, _: &mut Ports, _: Instant) {
        if self.events.poll_released().is_some() {
            let _ = self.released.send(());
        }
    }

    fn transmit(&mut self, _: &mut UdpSockets, _: Instant) {
        self.events.flush();
    }
}

#[test]
fn who_holds_back_hears_that_the_queue_was_emptied_though_no_more_orders_are_taken() {
    let (bell, rung) = channel();
    let (released, is_released) = channel();
    let ring = move || _ = bell.send(());
    let lane = Lane::start(0.0, ring, |thread| Holding { events: thread.events, released }).unwrap();
    assert!(lane.order(Order::HoldBack).is_ok());
    rung.recv_timeout(PATIENCE).unwrap();
    let (go_on, pause) = channel();
    assert!(lane.order(Order::Pause(pause)).is_ok());
    while lane.order(Order::Nothing).is_ok() {}
    assert_eq!(lane.take_events().len(), 1);
    go_on.send(()).unwrap();
    is_released.recv_timeout(PATIENCE).expect("it hears of it");
}
