//! Waiting, and network namespaces, for the tests of several files.
#![allow(dead_code)]

use std::io::{Write, stderr};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use florenetes_florio::frame::DataFrame;
use florenetes_florio::{FlorioCounters, FlorioError, PortEvent};
use florenetes_io::Ecn;
use florenetes_io::data_thread::{DataThread, Handler, PortId, Ports, Sockets, UdpId, UdpSockets};
use florenetes_io::udp::Datagrams;

/// How long a test waits for what must come: only a defect ever takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Calls `what` again and again, until it returns something.
pub(crate) fn until<T>(mut what: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = what() {
            return found;
        }
        assert!(Instant::now() < end, "what must come has not come");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Runs the rest of a test in a network namespace of its own, with the loopback interface that `set_up` (a line of sh) makes. The test
/// calls it first, and ends when it has returned false: then the child process has done the rest, or this is not root.
pub(crate) fn is_in_namespace(test: &str, set_up: &str) -> bool {
    const MARK: &str = "FLORENETES_TEST_NAMESPACE";
    if std::env::var_os(MARK).is_some() {
        return true;
    }
    let script = format!("{set_up} && exec \"$0\" --exact {test} --nocapture");
    let program = std::env::current_exe().expect("the test has a file");
    let can_make = Command::new("unshare").args(["-n", "true"]).output().is_ok_and(|done| done.status.success());
    if !can_make {
        // Written directly, since what a test prints is only seen when it fails.
        let _ = writeln!(stderr(), "left out: {test} makes a network namespace, which takes root");
        return false;
    }
    let status = Command::new("unshare").args(["-n", "sh", "-c", &script]).arg(program).env(MARK, "1").status();
    assert!(status.expect("unshare is there").success(), "{test} failed in its namespace");
    false
}

/// A temporary folder, which is removed when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("florenetes-io-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// An act of a test inside the thread.
type Order = Box<dyn FnOnce(&mut Recorder, &mut Sockets, Instant) + Send>;

/// A handler that remembers what came, and sends what it is told to.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) events: Vec<PortEvent>,
    pub(crate) messages: Vec<Vec<u8>>,
    /// How many events had come before each of the messages.
    pub(crate) events_before: Vec<usize>,
    pub(crate) packets: Vec<(u32, Vec<u8>)>,
    pub(crate) datagrams: Vec<Vec<u8>>,
    pub(crate) turns_of_datagrams: Vec<u64>,
    pub(crate) to_transmit: Vec<(UdpId, SocketAddr, Vec<u8>)>,
    pub(crate) alarm: Option<Instant>,
    pub(crate) alarms: Vec<Instant>,
    pub(crate) turns: u64,
}

impl Handler for Recorder {
    type Command = Order;

    fn handle_command(&mut self, order: Order, sockets: &mut Sockets, now: Instant) {
        order(self, sockets, now);
    }

    fn handle_datagrams(&mut self, _: UdpId, mut datagrams: Datagrams<'_>, _: &mut Ports, _: Instant) {
        self.turns_of_datagrams.extend(std::iter::repeat_n(self.turns, datagrams.count()));
        self.datagrams.extend(datagrams.iter_mut().map(|datagram| datagram.to_vec()));
    }

    fn handle_data(&mut self, _: PortId, mut frame: DataFrame<'_>, _: &mut Ports, _: Instant) {
        let handle = frame.handle;
        self.packets.extend(frame.packets_mut().map(|packet| (handle, packet.to_vec())));
    }

    fn handle_message(&mut self, _: PortId, message: &[u8], _: &mut Ports, _: Instant) {
        self.messages.push(message.to_vec());
        self.events_before.push(self.events.len());
    }

    fn handle_port_event(&mut self, _: PortId, event: PortEvent, _: &mut Ports, _: Instant) {
        self.events.push(event);
    }

    fn next_timeout(&self) -> Option<Instant> {
        self.alarm
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.alarm = None;
        self.alarms.push(now);
    }

    fn handle_turn(&mut self, _: &mut Ports, _: Instant) {
        self.turns += 1;
    }

    fn transmit(&mut self, udp: &mut UdpSockets, _: Instant) {
        while let Some((id, to, bytes)) = self.to_transmit.pop() {
            assert!(udp[id].send(&bytes, bytes.len(), to, Ecn::NotCapable));
        }
    }
}

/// A data thread with a recorder.
pub(crate) struct Recording(DataThread<Order>);

impl Recording {
    pub(crate) fn start() -> Self {
        Self(DataThread::start(|_| Recorder::default()).unwrap())
    }

    /// Runs `act` in the thread, and waits for its result.
    pub(crate) fn ask<R: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Recorder, &mut Sockets, Instant) -> R + Send + 'static,
    ) -> R {
        let (answer, answered) = channel();
        self.order(move |recorder, sockets, now| {
            let _ = answer.send(act(recorder, sockets, now));
        });
        answered.recv_timeout(PATIENCE).expect("the thread answers")
    }

    pub(crate) fn order(&self, act: impl FnOnce(&mut Recorder, &mut Sockets, Instant) + Send + 'static) {
        assert!(self.try_order(act), "the thread takes orders");
    }

    /// Gives an order; returns false if too many orders wait.
    pub(crate) fn try_order(&self, act: impl FnOnce(&mut Recorder, &mut Sockets, Instant) + Send + 'static) -> bool {
        self.0.send(Box::new(act)).is_ok()
    }

    pub(crate) fn open_port(&self, bind: &Path, connect: &Path) -> Result<PortId, FlorioError> {
        let (bind, connect) = (bind.to_owned(), connect.to_owned());
        self.ask(move |_, sockets, now| sockets.open_port(bind, connect, now))
    }

    pub(crate) fn is_connected(&self, port: PortId) -> bool {
        self.ask(move |_, sockets, _| sockets.ports[port].is_connected())
    }

    pub(crate) fn counters(&self, port: PortId) -> FlorioCounters {
        self.ask(move |_, sockets, _| sockets.ports[port].counters().clone())
    }

    pub(crate) fn send_control(&self, port: PortId) -> bool {
        self.ask(move |_, sockets, _| sockets.ports[port].send_control(&[1]))
    }
}
