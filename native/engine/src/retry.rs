//! Retry packets (RFC 9000, 17.2.5), which are sent without a connection.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// Key and nonce are fixed for version 1 (RFC 9001, 5.8).
const KEY: [u8; 16] = [0xbe, 0x0c, 0x69, 0x0b, 0x9f, 0x66, 0x57, 0x5a, 0x1d, 0x76, 0x6b, 0x54, 0xe3, 0x68, 0xc8, 0x4e];
const NONCE: [u8; 12] = [0x46, 0x15, 0x99, 0xd3, 0x5d, 0x63, 0x2b, 0xf2, 0x23, 0x98, 0x25, 0xbb];
const VERSION: u32 = 1;
/// Long form, fixed bit, type 3; the lower four bits are unused.
const FIRST_BYTE: u8 = 0xf0;

/// Writes a Retry packet for the client with the connection ID `client_id` that wrote to `original_id`. The client is to write to `new_id` from now
/// on, with the token.
///
/// Returns the packet's length, or 0 when `out` is too small or an ID is longer than 20 bytes.
pub fn write_retry(client_id: &[u8], original_id: &[u8], new_id: &[u8], token: &[u8], out: &mut [u8]) -> usize {
    if [client_id, original_id, new_id].iter().any(|id| id.len() > 20) {
        return 0;
    }
    let mut packet = vec![FIRST_BYTE];
    packet.extend_from_slice(&VERSION.to_be_bytes());
    for id in [client_id, new_id] {
        packet.push(id.len() as u8);
        packet.extend_from_slice(id);
    }
    packet.extend_from_slice(token);

    let mut pseudo_packet = vec![original_id.len() as u8];
    pseudo_packet.extend_from_slice(original_id);
    pseudo_packet.extend_from_slice(&packet);
    let Ok(key) = UnboundKey::new(&AES_128_GCM, &KEY) else { return 0 };
    let nonce = Nonce::assume_unique_for_key(NONCE);
    let sealed = LessSafeKey::new(key).seal_in_place_separate_tag(nonce, Aad::from(&pseudo_packet), &mut []);
    let Ok(tag) = sealed else { return 0 };
    packet.extend_from_slice(tag.as_ref());

    let Some(room) = out.get_mut(..packet.len()) else { return 0 };
    room.copy_from_slice(&packet);
    packet.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes the example of RFC 9001, A.4.
    #[test]
    fn the_retry_of_the_standard() {
        let original_id = [0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08];
        let new_id = [0xf0, 0x67, 0xa5, 0x50, 0x2a, 0x42, 0x62, 0xb5];
        let mut out = [0; 100];
        let length = write_retry(&[], &original_id, &new_id, b"token", &mut out);
        let expected = [
            0xf0, 0x00, 0x00, 0x00, 0x01, 0x00, 0x08, 0xf0, 0x67, 0xa5, 0x50, 0x2a, 0x42, 0x62, 0xb5, 0x74, 0x6f, 0x6b,
            0x65, 0x6e,
        ];
        assert_eq!(out[..expected.len()], expected);
        assert_eq!(length, expected.len() + 16);
        assert_eq!(write_retry(&[], &original_id, &new_id, b"token", &mut out[..35]), 0);
    }
}
