//! FlorIO ports over sockets of the kernel: what stands in the way of binding, and partners that do what libc lets them do.

mod support;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixDatagram, UnixListener};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use florenetes_florio::frame::write_control;
use florenetes_florio::{FlorioErrorCode, PortEvent, PortSocket};
use florenetes_io::data_thread::PortId;
use support::{Folder, Recording, until};

/// Tries to bind `path`.
fn bind(thread: &Recording, path: &Path) -> Result<PortId, FlorioErrorCode> {
    thread.open_port(path, Path::new("/nowhere/partner")).map_err(|error| error.code)
}

#[test]
fn a_socket_is_bound_for_the_group_and_goes_with_its_port() {
    let (folder, thread) = (Folder::new(), Recording::start());
    let path = folder.join("a");
    let port = bind(&thread, &path).unwrap();
    let found = fs::metadata(&path).unwrap();
    assert!(found.file_type().is_socket());
    assert_eq!(found.permissions().mode() & 0o777, 0o660);
    thread.ask(move |_, sockets, _| sockets.close_port(port));
    assert!(!path.exists());
    bind(&thread, &path).unwrap();
    drop(thread);
    assert!(!path.exists(), "the end of the thread is the end of its ports");
}

#[test]
fn whatever_stands_in_the_way_is_left_alone_but_a_dead_ones_socket() {
    let (folder, thread) = (Folder::new(), Recording::start());
    let path = folder.join("stale");
    drop(UnixDatagram::bind(&path).unwrap());
    bind(&thread, &path).unwrap();

    let path = folder.join("living");
    let living = UnixDatagram::bind(&path).unwrap();
    assert_eq!(bind(&thread, &path), Err(FlorioErrorCode::SocketInUse));
    living.connect(&path).unwrap();
    assert_eq!(bind(&thread, &path), Err(FlorioErrorCode::SocketInUse), "it is connected (EPERM)");

    let path = folder.join("stream");
    let _listener = UnixListener::bind(&path).unwrap();
    assert_eq!(bind(&thread, &path), Err(FlorioErrorCode::SocketInUse), "a socket of another kind");

    let path = folder.join("file");
    fs::write(&path, "precious").unwrap();
    assert_eq!(bind(&thread, &path), Err(FlorioErrorCode::NotASocket));
    assert_eq!(fs::read_to_string(&path).unwrap(), "precious");

    let path = folder.join("link");
    drop(UnixDatagram::bind(folder.join("target")).unwrap());
    std::os::unix::fs::symlink(folder.join("target"), &path).unwrap();
    assert_eq!(bind(&thread, &path), Err(FlorioErrorCode::NotASocket));

    assert_eq!(bind(&thread, &folder.join("missing/a")), Err(FlorioErrorCode::DirectoryMissing));
    assert_eq!(bind(&thread, &folder.join("file/a")), Err(FlorioErrorCode::DirectoryMissing));
    assert_eq!(bind(&thread, Path::new("relative")), Err(FlorioErrorCode::PathInvalid));
}

#[test]
fn a_port_whose_file_was_removed_binds_another() {
    let (folder, thread) = (Folder::new(), Recording::start());
    let path = folder.join("a");
    let port = bind(&thread, &path).unwrap();
    fs::remove_file(&path).unwrap();
    until(|| path.exists().then_some(()));
    assert!(!thread.is_connected(port));
}

/// At the news of a partner, the owner forgets what it was told before.
#[test]
fn a_partner_is_there_before_its_first_message_is_told() {
    let (folder, thread) = (Folder::new(), Recording::start());
    let (path, partner_path) = (folder.join("a"), folder.join("b"));
    thread.open_port(&path, &partner_path).unwrap();
    let (open, gate) = channel::<()>();
    thread.order(move |_, _, _| {
        let _ = gate.recv();
    });
    let partner = UnixDatagram::bind(&partner_path).unwrap();
    partner.connect(&path).unwrap();
    let mut frame = Vec::new();
    write_control(&mut frame, &[7; 20]);
    partner.send(&frame).unwrap();
    drop(open);
    let before = until(|| {
        let (events, before) = thread.ask(|recorder, _, _| (recorder.events.clone(), recorder.events_before.clone()));
        (!before.is_empty()).then(|| events[..before[0]].to_vec())
    });
    assert_eq!(before, [PortEvent::Connected]);
}

/// A partner with the whole of libc at hand: it does a thing each time it is told its name, and says when it is done.
struct HostilePartner {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl HostilePartner {
    fn start(bind: &Path, connect: &Path) -> Self {
        let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packages/florio/test/fixtures/hostile-partner.py");
        let mut command = Command::new("python3");
        command.arg(program).arg(bind).arg(connect).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (orders, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, orders, answers }
    }

    fn act(&mut self, name: &str) {
        writeln!(self.orders, "{name}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer.trim_end(), name);
    }
}

impl Drop for HostilePartner {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Pair {
    thread: Recording,
    port: PortId,
    partner: HostilePartner,
    folder: Folder,
}

impl Pair {
    fn joined() -> Self {
        let (folder, thread) = (Folder::new(), Recording::start());
        let (a, b) = (folder.join("a"), folder.join("b"));
        let port = thread.open_port(&a, &b).unwrap();
        let mut partner = HostilePartner::start(&b, &a);
        partner.act("connect");
        until(|| thread.is_connected(port).then_some(()));
        Self { thread, port, partner, folder }
    }

    fn packets(&self) -> usize {
        self.thread.ask(|recorder, _, _| recorder.packets.len())
    }

    /// Packets go both ways: our socket is read, and the partner hears us.
    fn expect_to_work(&mut self) {
        let before = self.packets();
        self.partner.act("send");
        until(|| (self.packets() > before).then_some(()));
        assert!(self.thread.send_control(self.port));
        self.partner.act("receive");
    }
}

#[test]
fn a_partner_that_turns_away_while_data_is_on_its_way_costs_nothing() {
    let mut pair = Pair::joined();
    for round in 0..20 {
        pair.partner.act("send");
        assert!(pair.thread.send_control(pair.port));
        // Our frames lie in its queue. When it disconnects, the kernel puts an error on our socket because of them.
        pair.partner.act("disconnect");
        if round % 2 == 0 {
            until(|| (pair.packets() > round).then_some(()));
        }
        pair.partner.act("connect");
    }
    pair.expect_to_work();
    assert_eq!(pair.thread.ask(|recorder, _, _| recorder.events.clone()), [PortEvent::Connected]);
}

/// Only the end of the process itself can tell: the next heartbeat is an hour away, and nobody looks for a partner that is watched.
#[test]
fn the_end_of_a_partners_process_is_told() {
    let mut pair = Pair::joined();
    let port = pair.port;
    for _ in 0..2 {
        pair.expect_to_work();
        pair.thread.ask(move |_, sockets, now| sockets.ports[port].repeat(&[1], Duration::from_secs(3_600), now));
        // The last look that was planned before the partner was watched is over.
        until(|| {
            pair.thread.ask(move |_, sockets, now| {
                let next = sockets.ports[port].next_timeout();
                next.is_some_and(|at| at > now + Duration::from_secs(60)).then_some(())
            })
        });
        assert!(pair.thread.ask(move |_, sockets, _| sockets.ports[port].socket().is_partner_watched()));
        pair.partner.child.kill().unwrap();
        until(|| (!pair.thread.is_connected(port)).then_some(()));
        fs::remove_file(pair.folder.join("b")).unwrap();
        pair.partner = HostilePartner::start(&pair.folder.join("b"), &pair.folder.join("a"));
        pair.partner.act("connect");
        until(|| pair.thread.is_connected(port).then_some(()));
    }
}

/// Our next send finds the error that the partner leaves, before the thread has read.
#[test]
fn a_partner_that_turns_away_and_back_between_two_sends_is_sent_to_again() {
    let mut pair = Pair::joined();
    let port = pair.port;
    assert!(pair.thread.send_control(port));
    let (open, gate) = channel::<()>();
    let (result, sent) = channel();
    pair.thread.order(move |_, sockets, _| {
        let _ = gate.recv();
        result.send(sockets.ports[port].send_control(&[1])).unwrap();
    });
    pair.partner.act("disconnect");
    pair.partner.act("connect");
    drop(open);
    assert!(sent.recv().unwrap());
    assert_eq!(pair.thread.ask(|recorder, _, _| recorder.events.clone()), [PortEvent::Connected]);
}

#[test]
fn descriptors_that_a_partner_sends_along_never_become_ours() {
    let mut pair = Pair::joined();
    // The partner's sockets for its orders and answers, of which we have the other ends.
    let process = pair.partner.child.id();
    let sent = [0, 1].map(|end| fs::read_link(format!("/proc/{process}/fd/{end}")).unwrap());
    let count = || {
        let ours = fs::read_dir("/proc/self/fd").unwrap().flatten();
        // Other tests of this process open and close descriptors of their own.
        ours.filter(|ours| fs::read_link(ours.path()).is_ok_and(|file| sent.contains(&file))).count()
    };
    assert_eq!(count(), 2);
    // The first frames are received with room for the name of their process.
    for _ in 0..100 {
        pair.partner.act("send-descriptors");
    }
    until(|| (pair.packets() == 100).then_some(()));
    assert_eq!(count(), 2, "300 were sent");
    pair.expect_to_work();
}

#[test]
fn strangers_of_every_kind_are_not_taken_for_the_partner() {
    let mut pair = Pair::joined();
    // The kernel keeps strangers away while the partner is there.
    pair.partner.act("leave");
    assert!(!pair.thread.send_control(pair.port));
    for kind in ["nameless", "abstract", "longest", "longer"] {
        pair.partner.act(&format!("stranger-{kind}"));
    }
    until(|| (pair.thread.counters(pair.port).frames_dropped_sender == 4).then_some(()));
    assert_eq!(pair.packets(), 0);
    pair.partner.act("return");
    until(|| pair.thread.is_connected(pair.port).then_some(()));
    pair.expect_to_work();
}

#[test]
fn datagrams_of_no_bytes_and_of_far_too_many_are_dropped() {
    let mut pair = Pair::joined();
    pair.partner.act("send-nothing");
    pair.partner.act("send-much");
    until(|| {
        let counters = pair.thread.counters(pair.port);
        (counters.frames_dropped_malformed + counters.frames_dropped_version == 2).then_some(())
    });
    pair.expect_to_work();
}
