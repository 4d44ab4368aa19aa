//! The lane is bounded and timed as TypeScript does it, and as native/README.md says.

#[path = "../../../testing/readme_table.rs"]
mod readme_table;

use std::time::Duration;

use florenetes_cluster::Limits;
use florenetes_cluster::limits::*;
use florenetes_lane::limits::*;
use readme_table::{number, size};

const LIMITS: &str = include_str!("../../../../apps/cluster-flor/src/transport/limits.ts");
const CONFIG_LIMITS: &str = include_str!("../../../../apps/cluster-flor/src/config/limits.ts");
const MESSAGES: &str = include_str!("../../../../apps/cluster-flor/src/transport/messages.ts");
const PROBES: &str = include_str!("../../../../apps/cluster-flor/src/transport/paths/probe-message.ts");

/// The value behind a beginning of a line: a number, or a product of some.
fn value_of(source: &str, beginning: &str) -> f64 {
    let line = source.lines().find_map(|line| line.trim().strip_prefix(beginning)).expect(beginning);
    let number = |text: &str| {
        let text = text.trim().replace('_', "");
        match text.strip_prefix("0x") {
            Some(digits) => f64::from(u32::from_str_radix(digits, 16).expect(beginning)),
            None => text.parse::<f64>().expect(beginning),
        }
    };
    let value = line.trim_start_matches(": number").trim_start_matches([' ', '=', ':']);
    value.trim_end_matches([';', ',']).split('*').map(number).product()
}

#[test]
fn the_defaults_are_the_same() {
    let limits = Limits::default();
    let ms = |time: Duration| time.as_millis() as f64;
    for (name, value) in [
        ("silenceMs", ms(limits.silence)),
        ("repeatAfterMs", ms(limits.repeat_after)),
        ("repeatEveryMs", ms(limits.repeat_every)),
        ("unreachableMs", ms(limits.unreachable)),
        ("repeatIdleMs", ms(limits.repeat_idle)),
        ("pingBusyMs", ms(limits.ping_busy)),
        ("pingIdleMs", ms(limits.ping_idle)),
        ("pingPathMs", ms(limits.ping_path)),
        ("openMs", ms(limits.open)),
        ("dialMs", ms(limits.dial)),
        ("closingMs", ms(limits.closing)),
        ("lingerMs", ms(limits.linger)),
        ("finishMs", ms(limits.finish)),
        ("restartMs", ms(limits.restart)),
        ("streamWindow", limits.stream_window as f64),
        ("streamWindowMax", limits.stream_window_max as f64),
        ("memoryMax", limits.memory_max as f64),
        ("memoryPerStream", limits.memory_per_stream as f64),
        ("waitingMax", limits.waiting_max as f64),
        ("packetsPerTurn", limits.packets_per_turn as f64),
        ("bytesPerStreamTurn", limits.bytes_per_stream_turn as f64),
        ("opensPerTurn", limits.opens_per_turn as f64),
        ("controlMessagesPerTurn", limits.control_messages_per_turn as f64),
    ] {
        let defaults = LIMITS.split_once("defaultLimits").expect("they are there").1;
        assert_eq!(value_of(defaults, &format!("{name}:")), value, "{name}");
    }
    let streams = value_of(CONFIG_LIMITS, "export const STREAMS_PER_CONNECTION =");
    assert_eq!(streams, limits.streams_per_connection as f64);
    let wait = value_of(CONFIG_LIMITS, "export const CONNECT_WAIT_MS =");
    assert_eq!(wait, ms(limits.connect_wait));
}

#[test]
fn the_constants_are_the_same() {
    for (source, beginning, value) in [
        (LIMITS, "export const ROUND_TRIP_MS_MAX", ROUND_TRIP_MAX.as_millis() as f64),
        (LIMITS, "export const ROUND_TRIP_SPREAD_MAX", ROUND_TRIP_SPREAD_MAX),
        (LIMITS, "export const RENEWAL_FACTOR", RENEWAL_FACTOR),
        (LIMITS, "export const CLOSING_FACTOR", CLOSING_FACTOR as f64),
        (LIMITS, "export const PAYLOAD_MAX", PAYLOAD_MAX as f64),
        (LIMITS, "export const ADDRESSES_MAX", ADDRESSES_MAX as f64),
        (CONFIG_LIMITS, "export const STREAMS_PER_CONNECTION_MAX", STREAMS_PER_CONNECTION_MAX as f64),
        (LIMITS, "export const OFFER_SIZE_MAX", OFFER_SIZE_MAX as f64),
        (LIMITS, "export const CHUNK_SIZE", CHUNK_SIZE as f64),
        (LIMITS, "export const CONTROL_WAITING_MAX", CONTROL_WAITING_MAX as f64),
        (LIMITS, "export const MESSAGE_SIZE_MAX", MESSAGE_SIZE_MAX as f64),
        (LIMITS, "export const TAKEN_STEP", TAKEN_STEP as f64),
        (LIMITS, "export const TAKEN_PER_TURN", TAKEN_PER_TURN as f64),
        (CONFIG_LIMITS, "export const PATH_MTU_MIN", PACKET_SIZE_MIN as f64),
        (MESSAGES, "const MESSAGE_VERSION", f64::from(MESSAGE_VERSION)),
        (PROBES, "const QUIC_MIN", f64::from(QUIC_MIN)),
    ] {
        assert_eq!(value_of(source, beginning), value, "{beginning}");
    }
}

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
            format!("{}, half of them for one peer; {} until", number(OWN_ASKED_MAX), number(OWN_ASKS_WAITING_MAX)),
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
