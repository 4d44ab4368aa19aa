//! The frames of packages/florio/vectors, which other languages check theirs with.

use florenetes_florio::frame::{self, Verdict};
use serde_json::Value;

fn vectors() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packages/florio/vectors/frames.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    file["frames"].as_array().unwrap().clone()
}

fn bytes(hex: &Value) -> Vec<u8> {
    let digits = hex.as_str().unwrap().as_bytes();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn every_frame_is_judged_read_and_written_as_the_vectors_say() {
    let vectors = vectors();
    assert!(vectors.len() > 20, "the file has them");
    for vector in vectors {
        let name = &vector["name"];
        let mut frame = bytes(&vector["hex"]);
        let mut again = Vec::new();
        match frame::check(&frame) {
            Verdict::Malformed => assert_eq!(vector["verdict"], "malformed", "{name}"),
            Verdict::Version(version) => {
                assert_eq!((&vector["verdict"], version), (&"version".into(), frame[0]), "{name}");
            }
            Verdict::Type => assert_eq!(vector["verdict"], "type", "{name}"),
            Verdict::Control => {
                assert_eq!(vector["verdict"], "control", "{name}");
                assert_eq!(frame::message(&frame), bytes(&vector["message"]), "{name}");
                frame::write_control(&mut again, frame::message(&frame));
            }
            Verdict::Data { handle, packets } => {
                assert_eq!(
                    (&vector["verdict"], vector["handle"].as_u64()),
                    (&"data".into(), Some(handle.into())),
                    "{name}"
                );
                let expected: Vec<_> = vector["packets"].as_array().unwrap().iter().map(bytes).collect();
                frame::begin_data(&mut again, handle);
                let found: Vec<_> = frame::packets_mut(&mut frame).map(|packet| packet.to_vec()).collect();
                assert_eq!((&found, packets), (&expected, expected.len()), "{name}");
                found.iter().for_each(|packet| frame::append_packet(&mut again, packet));
            }
        }
        if vector["canonical"] == true {
            assert_eq!(again, frame, "{name}");
        }
    }
}
