//! A panic within one connection is the end of that connection. Any other panic ends the process.

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use florenetes_cluster::{Account, Event, Limits, Order, Target};
use florenetes_engine::{CloseCause, ProcessLedger, Qlog, QlogSink};
use support::end::{CONNECTION, End, Pair, SERVICE, TRUNK, TUNNEL, accept, dial, settings, target};
use support::events::left;
use support::threads::until;
use support::{START_MS, WINDOW, connected_with};

const INTERNAL_ERROR: u64 = 1;
const OTHER: u32 = CONNECTION + 1;

/// The log of a connection, which breaks it: the engine writes to it in the middle of its work.
struct Fuse(Arc<AtomicBool>);

impl QlogSink for Fuse {
    fn write(&mut self, _: &[u8], _: bool, _: Vec<u8>) -> bool {
        assert!(!self.0.load(Ordering::Relaxed), "an invariant is broken");
        true
    }
}

/// A state that is broken may panic once more when it is dropped.
impl Drop for Fuse {
    fn drop(&mut self) {
        assert!(!self.0.load(Ordering::Relaxed), "it is still broken");
    }
}

fn said(from: &mut TcpStream, to: &mut TcpStream, bytes: &[u8]) {
    from.write_all(bytes).unwrap();
    let mut heard = vec![0; bytes.len()];
    to.read_exact(&mut heard).unwrap();
    assert_eq!(heard, bytes);
}

fn is_reset(stream: &mut TcpStream) -> bool {
    stream.read(&mut [0]).is_err_and(|error| error.kind() == ErrorKind::ConnectionReset)
}

#[test]
fn one_within_a_connection_ends_that_one_and_all_others_go_on() {
    for is_originator in [true, false] {
        let pair = Pair::start();
        let is_lit = Arc::<AtomicBool>::default();
        let mut qlogs = [None, None];
        qlogs[usize::from(!is_originator)] = Some(Qlog { sink: Box::new(Fuse(is_lit.clone())), unix_ms: 0.0 });
        let [client, server] = connected_with(&pair.ledger, WINDOW, 1_000, qlogs);
        pair.b.adopt(CONNECTION, server, false);
        pair.a.adopt(CONNECTION, client, true);
        pair.a.order(Order::SetCurrent { trunk: TRUNK, connection: Some(CONNECTION) });
        let (listener, at) = target();
        pair.b.serve(at);
        let tunnel = pair.a.listen();
        let (mut client, mut server) = (dial(tunnel), accept(&listener));
        said(&mut client, &mut server, b"before");
        // Streams of another connection, and one of the owner's on this one.
        pair.b.serve(Target::Owner);
        let mut own = dial(tunnel);
        let workload = pair.b.event(|event| match event {
            Event::StreamAsked { workload, .. } => Some(*workload),
            _ => None,
        });
        pair.b.order(Order::AnswerStream { workload });
        let (listener, at) = target();
        pair.b.serve(at);
        pair.connect_as(OTHER, WINDOW, 1_000);
        let (mut other, mut other_server) = (dial(tunnel), accept(&listener));
        said(&mut other, &mut other_server, b"before");

        is_lit.store(true, Ordering::Relaxed);
        let (end, peer): (&End, &End) = if is_originator { (&pair.a, &pair.b) } else { (&pair.b, &pair.a) };
        let closed = until(|| {
            // The log of the connection is told of each packet to it or from it.
            let _ = own.write(b"x");
            end.poll_event(|event| match event {
                Event::Closed { connection: CONNECTION, closed } => Some(closed.clone()),
                _ => None,
            })
        });
        assert_eq!((closed.cause, closed.is_application, closed.code), (CloseCause::Local, false, INTERNAL_ERROR));
        end.event(left);
        let workload = if is_originator { &mut client } else { &mut server };
        assert!(is_reset(workload), "{is_originator}");
        if !is_originator {
            end.event(|event| matches!(event, Event::StreamReset { .. }).then_some(()));
        }
        // All that the connection had is given back; the peer hears nothing, and finds out by its own clocks.
        said(&mut other, &mut other_server, b"after");
        let figures = end.figures();
        assert_eq!(figures.connections.iter().map(|it| it.connection).collect::<Vec<_>>(), [OTHER]);
        assert_eq!((figures.memory_held, figures.workloads_open), (Limits::default().memory_per_stream, 1));
        let account = end.account(if is_originator { Account::Tunnel(TUNNEL) } else { Account::Service(SERVICE) });
        assert_eq!(account.open, 1);
        assert_eq!(peer.figures().connections.len(), 2);
    }
}

#[test]
fn one_elsewhere_in_the_thread_ends_the_process_with_a_code_and_a_reason() {
    const MARK: &str = "FLORENETES_TEST_PANIC";
    if std::env::var_os(MARK).is_some() {
        let bell = || panic!("an invariant is broken");
        let lane =
            florenetes_cluster::start(START_MS, settings(Limits::default()), ProcessLedger::default(), bell).unwrap();
        // The bell rings, as the data thread tells that the port cannot be opened.
        let (bind, connect) = ("/no/such/folder".into(), "/no/such/folder".into());
        assert!(lane.order(Order::OpenPort { port: 0, bind, connect }).is_ok());
        // The sleep is longer than any test waits: the process ends before.
        std::thread::sleep(Duration::from_secs(60));
        return;
    }
    let mut child = Command::new(std::env::current_exe().unwrap());
    let name = "one_elsewhere_in_the_thread_ends_the_process_with_a_code_and_a_reason";
    child.args(["--exact", name, "--nocapture"]).env(MARK, "1");
    let output = child.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(70));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("ERR_DATA_THREAD: the data thread has failed: an invariant is broken"), "{text}");
}
