//! A process without file descriptors: one test, which has the process for itself.

mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use florenetes_cluster::Account;
use support::end::{Pair, TUNNEL, accept, target};

const CLIENTS: u64 = 4;

/// Takes a process's descriptors away, connects to a port a number of times, and gives them back: each line that it reads has it do a step and answer.
/// Descriptors that are open stay open.
const SCRIPT: &str = r"
set -e
read
prlimit --pid $1 --nofile=3:
for _ in $(seq $3); do exec {client}<>/dev/tcp/127.0.0.1/$2; done
echo
read
prlimit --pid $1 --nofile=256:
echo
read || :
";

#[test]
fn workloads_wait_while_there_is_no_descriptor_for_them_and_are_served_then() {
    let pair = Pair::connected();
    let (listener, target) = target();
    pair.b.serve(target);
    let numbers = [u64::from(std::process::id()), pair.a.listen().port().into(), CLIENTS].map(|it| it.to_string());
    let mut script = Command::new("bash")
        .args(["-c", SCRIPT, "bash"])
        .args(numbers)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut steps = script.stdin.take().unwrap();
    let mut answers = BufReader::new(script.stdout.take().unwrap()).lines();
    let mut step = || {
        steps.write_all(b"\n").unwrap();
        answers.next().expect("it goes on").unwrap();
    };
    step();
    // An answer comes after the turn before it, in which the thread asked the listener.
    for _ in 0..3 {
        assert_eq!(pair.a.figures().workloads_open, 0);
    }
    step();
    let servers: Vec<_> = (0..CLIENTS).map(|_| accept(&listener)).collect();
    let tunnel = pair.a.account(Account::Tunnel(TUNNEL));
    assert_eq!((tunnel.total, tunnel.refused), (CLIENTS, vec![]));
    drop((servers, steps));
    assert!(script.wait().unwrap().success());
}
