//! The frames of packages/florio/vectors, which other languages check theirs with.

use florenetes_florio::frame::{self, Verdict};
use florenetes_florio::limits::{FRAME_SIZE_MAX, MESSAGE_SIZE_MAX, PACKET_SIZE_MAX};
use serde_json::Value;

fn vectors() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../packages/florio/vectors/frames.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    file["frames"].as_array().unwrap().clone()
}

/// Bytes as the vectors write them: `0a 61*3` is 0a616161.
fn bytes(text: &Value) -> Vec<u8> {
    let pieces = text.as_str().unwrap().split(' ').map(|piece| piece.split_once('*').unwrap_or((piece, "1")));
    pieces.flat_map(|(hex, times)| digits(hex).repeat(times.parse().unwrap())).collect()
}

fn digits(hex: &str) -> Vec<u8> {
    hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[test]
fn a_frame_has_a_largest_size() {
    let mut message = Vec::new();
    frame::write_control(&mut message, &vec![7; MESSAGE_SIZE_MAX]);
    assert_eq!(frame::check(&message), Verdict::Control);
    message.push(7);
    assert_eq!(frame::check(&message), Verdict::Malformed);
    let mut data = Vec::new();
    frame::begin_data(&mut data, 1);
    frame::append_packet(&mut data, &vec![7; PACKET_SIZE_MAX]);
    assert_eq!(frame::check(&data), Verdict::Data { handle: 1, packets: 1 });
    assert!(!frame::has_room(&data, 1));
    data.extend([0, 1, 7]);
    assert_eq!(frame::check(&data), Verdict::Malformed);
}

/// Reads a frame with the plainest code there is. None: it is not DATA.
fn read_plainly(frame: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut packets = Vec::new();
    let mut at = 8;
    while at < frame.len() {
        let length = usize::from(*frame.get(at)?) * 256 + usize::from(*frame.get(at + 1)?);
        packets.push(frame.get(at + 2..at + 2 + length).filter(|packet| !packet.is_empty())?.to_vec());
        at += 2 + length;
    }
    let is_data = frame.len() > 8 && frame.len() <= FRAME_SIZE_MAX && frame[..2] == [1, 1] && frame[4..8] != [0; 4];
    is_data.then_some(packets)
}

#[test]
fn whatever_comes_is_judged_as_plain_code_judges_it() {
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    // Frames of 65,000 bytes would take most of the time, and have no more to be changed.
    let small: Vec<_> =
        vectors().iter().map(|vector| bytes(&vector["hex"])).filter(|frame| frame.len() < 1_000).collect();
    let mut accepted = 0;
    for _ in 0..50_000 {
        let mut frame = small[random(small.len())].clone();
        for _ in 0..random(3) {
            match random(3) {
                0 if !frame.is_empty() => {
                    let at = random(frame.len());
                    frame[at] = random(256) as u8;
                }
                1 => frame.truncate(random(frame.len() + 1)),
                _ => frame.extend((0..random(4)).map(|number| number as u8)),
            }
        }
        let plain = read_plainly(&frame);
        let read = match frame::check(&frame) {
            Verdict::Data { packets, .. } => {
                let read: Vec<_> = frame::packets_mut(&mut frame).map(|packet| packet.to_vec()).collect();
                assert_eq!(read.len(), packets);
                accepted += 1;
                Some(read)
            }
            _ => None,
        };
        assert_eq!(read, plain, "{frame:02x?}");
    }
    assert!(accepted > 5_000, "{accepted}");
}

#[test]
fn every_frame_is_judged_read_and_written_as_the_vectors_say() {
    let vectors = vectors();
    assert!(vectors.len() > 30, "the file has them");
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
