//! Holds events as a data thread writes them to vectors that TypeScript reads, too: files of packages/data-plane/vectors.

use std::fmt::Debug;

use florenetes_engine::{CloseCause, Closed};
use florenetes_lane::to_bytes::ToBytes;
use serde_json::Value;

/// Writes each event of a file.
pub(crate) fn check<Event: Debug + ToBytes>(file: &str, event_of: impl Fn(&Value) -> Event) {
    let path = format!("{}/../../packages/data-plane/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for vector in file["events"].as_array().unwrap() {
        let (event, expected) = (event_of(&vector["event"]), bytes(&vector["hex"]));
        let mut written = Vec::new();
        event.write(&mut written);
        assert_eq!(written, expected, "{event:?}");
    }
}

pub(crate) fn closed_of(event: &Value) -> Closed {
    let cause = match event["cause"].as_str().unwrap() {
        "peer" => CloseCause::Peer,
        "local" => CloseCause::Local,
        "idle" => CloseCause::Idle,
        _ => CloseCause::Reset,
    };
    Closed {
        cause,
        is_application: event["isApplication"].as_bool().unwrap(),
        code: event["code"].as_u64().unwrap(),
        reason: event["reason"].as_str().unwrap().to_owned(),
    }
}

pub(crate) fn bytes(hex: &Value) -> Vec<u8> {
    let digits = hex.as_str().unwrap().as_bytes();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
