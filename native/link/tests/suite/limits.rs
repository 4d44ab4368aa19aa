//! The data thread is bounded as native/README.md says.

#[path = "../../../testing/readme_table.rs"]
mod readme_table;

use florenetes_io::limits::COMMANDS_MAX;
use florenetes_lane::limits::*;
use florenetes_link::limits::*;
use florenetes_wire::limits::JOIN_SLOTS_MAX;
use readme_table::{number, size};

#[test]
fn the_page_tells_them() {
    let (lossy, lossy_bytes) = (number(LOSSY_ORDERS_MAX), size(LOSSY_ORDERS_BYTES_MAX));
    readme_table::check(&[
        (
            "strangers' datagrams to a cluster",
            format!("{}, and {}", number(STRANGERS_WAITING_MAX), size(STRANGERS_BYTES_MAX)),
        ),
        ("messages and news of a port", format!("{}, and {};", number(MESSAGES_WAITING_MAX), size(MESSAGES_BYTES_MAX))),
        ("probes of a session", number(PROBES_WAITING_MAX)),
        ("places where a peer may be, of a session", number(NEWEST_WAITING_MAX)),
        ("bytes of a control stream", format!("{} told,", number(STREAM_CHUNK))),
        ("incomplete packets of a session", format!("{},", number(JOIN_SLOTS_MAX))),
        (
            "orders that wait for the thread",
            format!(
                "{} in its queue; {lossy} and {lossy_bytes} of what may be lost behind it; at {} in all",
                number(COMMANDS_MAX),
                number(ORDERS_MAX)
            ),
        ),
        ("datagrams of the owner, copies for a peer that moves", number(OWN_DATAGRAMS_MAX)),
    ]);
}
