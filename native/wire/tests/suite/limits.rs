//! The bounds are those of the TypeScript.

use florenetes_wire::limits::*;
use std::time::Duration;

#[path = "../../../testing/typescript_limits.rs"]
mod typescript_limits;

use typescript_limits::check;

#[test]
fn forwarding_has_the_same_limits() {
    check(
        "packages/labels/src/limits.ts",
        &[
            ("VERSION", VERSION.into()),
            ("LABEL_MIN", LABEL_MIN.into()),
            ("LABEL_MAX", LABEL_MAX.into()),
            ("LABEL_COUNT_MAX", LABEL_COUNT_MAX as u64),
            ("HOP_LIMIT_DEFAULT", HOP_LIMIT_DEFAULT.into()),
            ("FIXED_SIZE", FIXED_SIZE as u64),
            ("WORD_SIZE", WORD_SIZE as u64),
            ("TABLE_ENTRIES_MAX", TABLE_ENTRIES_MAX as u64),
        ],
    );
    check(
        "apps/cluster-flor/src/forwarding/limits.ts",
        &[
            ("LOOPBACK_BYTES_MAX", LOOPBACK_BYTES_MAX as u64),
            ("GUESSES", GUESSES),
            ("GUESSES_PER_SECOND", GUESSES_PER_SECOND),
            ("GUESS_BUCKETS", GUESS_BUCKETS as u64),
        ],
    );
    check(
        "packages/forwarding/src/limits.ts",
        &[
            ("PASSED_PACKETS", PASSED_PACKETS as u64),
            ("TRANSIT_PAIRS_MAX", TRANSIT_PAIRS_MAX as u64),
            ("TRANSIT_ROWS_PER_LOOK", TRANSIT_ROWS_PER_LOOK as u64),
        ],
    );
    check(
        "packages/portal-api/src/limits.ts",
        &[("LINKS_MAX", TRANSIT_LINKS_MAX.into()), ("TRANSIT_ROWS_PER_REPORT", TRANSIT_ROWS_PER_REPORT as u64)],
    );
}

#[test]
fn links_have_the_same_limits() {
    let milliseconds = |time: Duration| time.as_millis() as u64;
    check(
        "apps/link-flor/src/quic-link/limits.ts",
        &[
            ("LINK_MTU", LINK_MTU as u64),
            ("JOIN_SLOTS_MAX", JOIN_SLOTS_MAX as u64),
            ("JOIN_TIMEOUT_MS", milliseconds(JOIN_TIMEOUT)),
            ("JOIN_NUMBERS_MAX", JOIN_NUMBERS_MAX.into()),
            ("QUEUE_PACKETS_MAX", QUEUE_PACKETS_MAX as u64),
            ("QUEUE_BYTES_MAX", QUEUE_BYTES_MAX as u64),
            ("QUEUE_RING_MIN", QUEUE_RING_MIN as u64),
            ("QUEUE_ROOM", QUEUE_ROOM as u64),
            ("QUEUE_GROUPS", QUEUE_GROUPS as u64),
            ("QUEUE_FLOWS", QUEUE_FLOWS as u64),
            ("CONTROL_BURST", CONTROL_BURST as u64),
            ("CONTROL_PART", CONTROL_PART),
            ("QUEUE_TARGET_MS", milliseconds(QUEUE_TARGET)),
            ("QUEUE_INTERVAL_MS", milliseconds(QUEUE_INTERVAL)),
            ("QUEUE_DELAY_MAX_MS", milliseconds(QUEUE_DELAY_MAX)),
            ("CONGESTED_AT_DELAY_MS", milliseconds(CONGESTED_AT_DELAY)),
        ],
    );
}
