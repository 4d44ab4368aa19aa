//! The bounds of this port are those of packages/florio.

use florenetes_florio::limits::*;

#[test]
fn both_ports_have_the_same_limits() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packages/florio/src/limits.ts");
    let source = std::fs::read_to_string(path).unwrap();
    for (name, value) in [
        ("FRAME_VERSION", FRAME_VERSION.into()),
        ("FRAME_HEADER_SIZE", FRAME_HEADER_SIZE),
        ("PACKET_LENGTH_SIZE", PACKET_LENGTH_SIZE),
        ("FRAME_SIZE_MAX", FRAME_SIZE_MAX),
        ("SOCKET_PATH_BYTES_MAX", SOCKET_PATH_BYTES_MAX),
        ("QUEUE_FRAMES_MAX", QUEUE_FRAMES_MAX),
        ("QUEUE_BYTES_MAX", QUEUE_BYTES_MAX),
        ("QUEUE_CONTROL_MAX", QUEUE_CONTROL_MAX),
        ("CONNECT_INTERVAL_MS", CONNECT_INTERVAL.as_millis() as usize),
        ("LOOK_INTERVAL_MS", LOOK_INTERVAL.as_millis() as usize),
        ("OWN_PATH_CHECK_ATTEMPTS", OWN_PATH_CHECK_ATTEMPTS as usize),
    ] {
        let found =
            source.lines().find_map(|line| line.strip_prefix(&format!("export const {name} = "))).unwrap_or(name);
        assert_eq!(found.trim_end_matches(';').replace('_', ""), value.to_string(), "{name}");
    }
}
