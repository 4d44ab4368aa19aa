//! Waiting, and network namespaces, for the tests of several files.
#![allow(dead_code, clippy::print_stderr)]

use std::process::Command;
use std::time::{Duration, Instant};

/// How long a test waits for what must come: only a defect ever takes so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// Says again and again `what`, until it has something.
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
        eprintln!("left out: {test} makes a network namespace, which takes root");
        return false;
    }
    let status = Command::new("unshare").args(["-n", "sh", "-c", &script]).arg(program).env(MARK, "1").status();
    assert!(status.expect("unshare is there").success(), "{test} failed in its namespace");
    false
}
