//! The lane is bounded and timed as TypeScript does it, and as native/README.md says.

#[path = "../../../testing/readme_table.rs"]
mod readme_table;

use florenetes_io::limits::COMMANDS_MAX;
use florenetes_lane::limits::*;
use florenetes_link::limits::*;
use florenetes_wire::limits::JOIN_SLOTS_MAX;
use readme_table::{number, size};

const LIMITS: &str = include_str!("../../../../apps/link-flor/src/quic-link/limits.ts");
const CONFIG_LIMITS: &str = include_str!("../../../../apps/link-flor/src/config/limits.ts");
const QUIC_LIMITS: &str = include_str!("../../../../packages/quic/src/limits.ts");

/// The value of a constant, which is a number.
fn value_in(source: &str, name: &str) -> u64 {
    let line = source.lines().find(|line| line.starts_with(&format!("export const {name} "))).expect(name);
    line.split_once('=').unwrap().1.trim_end_matches(';').trim().replace('_', "").parse().expect(name)
}

#[test]
fn links_have_the_same_limits() {
    for (name, value) in [
        ("PACKET_OVERHEAD", PACKET_OVERHEAD as u64),
        ("ENGINE_QUEUE_MAX", ENGINE_QUEUE_MAX as u64),
        ("MISSED_SIGNS_MIN", MISSED_SIGNS_MIN.into()),
        ("DRAIN_MS", DRAIN.as_millis() as u64),
        ("TRANSMIT_BURST_MAX", TRANSMIT_BURST_MAX as u64),
        ("TRANSMITS_PER_TURN", TRANSMITS_PER_TURN as u64),
        ("RESET_CANDIDATES_MAX", RESET_CANDIDATES_MAX as u64),
        ("CONNECTION_ID_LENGTH", florenetes_link::ID_LENGTH as u64),
        ("PROBE_KEY_LENGTH", florenetes_link::PROBE_KEY_LENGTH as u64),
    ] {
        assert_eq!(value_in(LIMITS, name), value, "{name}");
    }
    assert_eq!(value_in(CONFIG_LIMITS, "CLUSTERS_MAX"), florenetes_io::limits::SOCKETS_MAX as u64);
    assert_eq!(value_in(QUIC_LIMITS, "STATELESS_RESET_MIN"), STATELESS_RESET_MIN as u64);
    assert_eq!(value_in(QUIC_LIMITS, "INITIAL_DATAGRAM_MIN"), u64::from(PAYLOAD_MIN));
}

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
