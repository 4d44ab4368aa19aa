//! The TLS secrets of connections, for tools that decrypt their packets.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::KeyLog;

use crate::limits::SECRETS_KEPT_MAX;

/// TLS secrets as lines of the NSS key log format (RFC 9850), kept until the owner takes them.
#[derive(Clone, Debug, Default)]
pub struct Secrets(Arc<Mutex<Vec<u8>>>);

impl Secrets {
    /// Takes the lines since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl KeyLog for Secrets {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let line = format!("{label} {} {}\n", hexadecimal(client_random), hexadecimal(secret));
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() + line.len() <= SECRETS_KEPT_MAX {
            lines.extend_from_slice(line.as_bytes());
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_a_line_of_its_own_and_is_told_once() {
        let secrets = Secrets::default();
        secrets.log("CLIENT_TRAFFIC_SECRET_0", &[0x0a; 2], &[0xff, 0x01]);
        secrets.log("EXPORTER_SECRET", &[0x0a; 2], &[0x00]);
        assert_eq!(secrets.take(), b"CLIENT_TRAFFIC_SECRET_0 0a0a ff01\nEXPORTER_SECRET 0a0a 00\n");
        assert!(secrets.take().is_empty());
    }

    #[test]
    fn secrets_that_nobody_takes_are_bounded_in_whole_lines() {
        let secrets = Secrets::default();
        for _ in 0..10_000 {
            secrets.log("SERVER_TRAFFIC_SECRET_0", &[1; 32], &[2; 48]);
        }
        let lines = secrets.take();
        assert!(lines.len() <= SECRETS_KEPT_MAX);
        assert!(lines.ends_with(b"02\n"));
    }
}
