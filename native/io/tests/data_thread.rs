//! The loop of the data thread: orders, time, sockets that are never drained, and its end.

mod support;

use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use florenetes_io::data_thread::UdpId;
use florenetes_io::limits::{COMMANDS_MAX, COMMANDS_PER_TURN, RECEIVE_SLOTS, RECEIVES_PER_TURN, SOCKETS_MAX};
use support::{Folder, Recording, until};

fn open_udp(thread: &Recording) -> (UdpId, std::net::SocketAddr) {
    thread.ask(|_, sockets, _| {
        let id = sockets.open_udp("127.0.0.1:0".parse().unwrap()).unwrap();
        (id, sockets.udp[id].local())
    })
}

#[test]
fn orders_are_done_one_after_the_other_and_are_bounded() {
    let thread = Recording::start();
    let (open, gate) = channel::<()>();
    let (begun, has_begun) = channel();
    thread.order(move |_, _, _| {
        begun.send(()).unwrap();
        let _ = gate.recv();
    });
    has_begun.recv().unwrap();
    let (done, order) = channel();
    for number in 0..COMMANDS_MAX {
        let done = done.clone();
        assert!(thread.try_order(move |recorder, _, _| done.send((number, recorder.turns)).unwrap()), "{number}");
    }
    assert!(!thread.try_order(|_, _, _| ()), "no more of them wait");
    drop((open, done));
    let (numbers, turns): (Vec<_>, Vec<_>) = order.into_iter().unzip();
    assert!(numbers.into_iter().eq(0..COMMANDS_MAX));
    assert_eq!(most_in_a_turn(&turns), COMMANDS_PER_TURN);
}

/// The largest number of acts in one turn; `turns` has the turn of each act.
fn most_in_a_turn(turns: &[u64]) -> usize {
    turns.chunk_by(|one, next| one == next).map(<[u64]>::len).max().unwrap()
}

#[test]
fn a_thread_without_anything_to_do_does_not_turn() {
    let thread = Recording::start();
    let turns = |thread: &Recording| thread.ask(|recorder, _, _| recorder.turns);
    let before = turns(&thread);
    // Each question is a turn of its own; a loop that turned on its own would have been faster than this sleep.
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(turns(&thread), before + 1);
}

#[test]
fn an_alarm_comes_once_and_never_early() {
    let thread = Recording::start();
    for micros in [0, 300, 2_500] {
        let at = thread.ask(move |recorder, _, now| {
            let at = now + Duration::from_micros(micros);
            recorder.alarm = Some(at);
            at
        });
        let alarms = until(|| {
            thread.ask(|recorder, _, _| (!recorder.alarms.is_empty()).then(|| std::mem::take(&mut recorder.alarms)))
        });
        assert!(alarms.len() == 1 && alarms[0] >= at);
    }
}

#[test]
fn what_is_sent_by_one_socket_is_handled_at_the_other() {
    let thread = Recording::start();
    let ((a, _), (_, to)) = (open_udp(&thread), open_udp(&thread));
    thread.order(move |recorder, _, _| recorder.to_transmit.push((a, to, vec![7; 900])));
    let datagrams =
        until(|| Some(thread.ask(|recorder, _, _| recorder.datagrams.clone())).filter(|found| !found.is_empty()));
    assert_eq!(datagrams, [vec![7; 900]]);
}

/// The socket has more than one turn reads: the rest is not forgotten, and an order that is given meanwhile does not wait for it.
#[test]
fn a_socket_with_more_than_a_turn_reads_is_read_to_its_end() {
    let thread = Recording::start();
    let (_, to) = open_udp(&thread);
    let other = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let (open, gate) = channel::<()>();
    thread.order(move |_, _, _| {
        let _ = gate.recv();
    });
    let count = 150;
    for _ in 0..count {
        other.send_to(&[1; 50], to).unwrap();
    }
    drop(open);
    until(|| (thread.ask(|recorder, _, _| recorder.datagrams.len()) == count).then_some(()));
    let turns = thread.ask(|recorder, _, _| recorder.turns_of_datagrams.clone());
    assert_eq!(most_in_a_turn(&turns), RECEIVES_PER_TURN * RECEIVE_SLOTS);
}

#[test]
fn sockets_are_bounded_and_their_places_are_used_again() {
    let (thread, folder) = (Recording::start(), Folder::new());
    let ids: Vec<_> = (0..SOCKETS_MAX).map(|_| open_udp(&thread).0).collect();
    let refused =
        thread.ask(|_, sockets, _| sockets.open_udp("127.0.0.1:0".parse().unwrap()).err().map(|error| error.kind()));
    assert_eq!(refused, Some(std::io::ErrorKind::QuotaExceeded));
    thread.ask(move |_, sockets, _| sockets.close_udp(ids[3]));
    open_udp(&thread);
    for number in 0..SOCKETS_MAX {
        thread.open_port(&folder.join(&number.to_string()), &folder.join("partner")).unwrap();
    }
    assert!(thread.open_port(&folder.join("one-more"), &folder.join("partner")).is_err());
}

#[test]
fn signals_are_for_other_threads() {
    let status = Recording::start().ask(|_, _, _| std::fs::read_to_string("/proc/thread-self/status").unwrap());
    let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap();
    let blocked = u64::from_str_radix(blocked.trim(), 16).unwrap();
    let is_blocked = |signal: u32| blocked & 1 << (signal - 1) != 0;
    // SIGHUP, SIGINT, SIGUSR1, SIGTERM, SIGCHLD; the last two are faults of the thread itself: SIGSEGV, SIGBUS.
    assert!([1, 2, 10, 15, 17].into_iter().all(is_blocked) && ![11, 7].into_iter().any(is_blocked), "{blocked:x}");
}

#[test]
fn a_panic_ends_the_process_with_a_code_and_a_reason() {
    const MARK: &str = "FLORENETES_TEST_PANIC";
    if std::env::var_os(MARK).is_some() {
        let thread = Recording::start();
        thread.order(|_, _, _| panic!("an invariant is broken"));
        // The sleep is longer than any test waits: the process ends before.
        std::thread::sleep(Duration::from_secs(60));
        return;
    }
    let begin = Instant::now();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "a_panic_ends_the_process_with_a_code_and_a_reason", "--nocapture"]).env(MARK, "1");
    let output = child.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(70), "after {:?}", begin.elapsed());
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("ERR_DATA_THREAD: the data thread has failed: an invariant is broken"), "{text}");
}
