//! The data thread is bounded as native/README.md says.

#[path = "../../../testing/readme_table.rs"]
mod readme_table;

use std::time::Duration;

use florenetes_cluster::Limits;
use florenetes_cluster::limits::*;
use florenetes_lane::limits::*;
use readme_table::{number, size};

#[test]
fn the_page_tells_them() {
    let limits = Limits::default();
    readme_table::check(&[
        ("strangers' packets", format!("{}, and {}", number(STRANGERS_WAITING_MAX), size(STRANGERS_BYTES_MAX))),
        ("messages and news of ports", format!("{}, and {};", number(MESSAGES_WAITING_MAX), size(MESSAGES_BYTES_MAX))),
        (
            "frames under handles of no link",
            format!("{}, and {}, for a second", number(EARLY_FRAMES_MAX), size(EARLY_BYTES_MAX)),
        ),
        ("streams that say nothing", format!("{} s each;", limits.open.as_secs())),
        (
            "streams of a connection",
            format!("RENEW at {RENEWAL_FACTOR} times a connection's share, the end at {CLOSING_FACTOR} times"),
        ),
        (
            "streams and flows that the owner is asked for",
            format!(
                "{}, and {} until the owner takes events; half of both for one peer",
                number(OWN_ASKED_MAX),
                number(OWN_ASKS_WAITING_MAX)
            ),
        ),
        ("streams and flows that the owner has opened", number(OWN_OPENED_MAX)),
        (
            "datagrams of a flow that wait for the owner",
            format!("{}; {}", number(OWN_DATAGRAMS_WAITING_MAX), size(OWN_DATAGRAM_BYTES_WAITING_MAX)),
        ),
        (
            "bytes of one of them for an owner that does not take, and of the owner's for a peer that does not read",
            format!("{0} told, {0} held, and the stream's window; {0}", size(CHUNK_SIZE)),
        ),
        ("refusals for the log", number(REFUSALS_WAITING_MAX)),
        ("bytes for a workload that does not read", format!("one chunk of {},", size(CHUNK_SIZE))),
        (
            "workloads that wait for a connection",
            format!("{} of a trunk, {} s each", number(limits.waiting_max), limits.connect_wait.as_secs()),
        ),
        ("addresses behind the name of a target, for each stream that dials", number(ADDRESSES_MAX)),
        ("numbers of links, tunnels, trunks and services", format!("{} of each", number(NUMBERS_MAX as usize))),
        ("what a workload has said, until its stream is accepted", size(OFFER_SIZE_MAX)),
        ("a connection that drains, after FINISH", format!("{} s,", limits.finish.as_secs())),
        ("control messages that wait for credit", format!("{}:", size(CONTROL_WAITING_MAX))),
    ]);
    assert_eq!(EARLY_AGE_MAX, Duration::from_secs(1));
}
