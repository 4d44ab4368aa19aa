//! Workloads that write much before their streams are relayed.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::thread;

use crate::support::end::{Pair, accept, dial, target};
use crate::support::events::is_any_waiting;
use crate::support::threads::until;

#[test]
fn an_end_that_comes_while_a_workload_waits_for_a_connection_is_not_lost() {
    let pair = Pair::start();
    let (listener, target) = target();
    pair.b.serve(target);
    let mut client = dial(pair.a.listen());
    assert!(pair.a.event(is_any_waiting));
    client.write_all(b"all there is").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    // The thread has heard of the end when it answers: it takes what sockets say before it asks for more.
    for _ in 0..3 {
        let _ = pair.a.figures();
    }
    pair.connect(256 * 1024, 10);
    let mut server = accept(&listener);
    let mut bytes = Vec::new();
    server.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"all there is");
}

#[test]
fn a_target_that_speaks_and_ends_at_once_is_heard() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    let tunnel = pair.a.listen();
    let serving = thread::spawn(move || {
        for _ in 0..300 {
            let mut server = until(|| listener.accept().ok()).0;
            server.write_all(b"good day").unwrap();
        }
    });
    for _ in 0..300 {
        let mut client = dial(tunnel);
        let mut bytes = Vec::new();
        client.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, b"good day");
    }
    serving.join().unwrap();
}
