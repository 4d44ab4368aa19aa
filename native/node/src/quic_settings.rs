//! The beginning of a connection, as JavaScript describes it.

use std::time::{Duration, Instant};

use florenetes_engine::{Beginning, CongestionControl, Credentials, DatagramQueues, Secrets, Settings};
use napi::bindgen_prelude::{Buffer, Error, Result, Uint8Array};
use napi_derive::napi;

use crate::ledger::LEDGER;
use crate::qlog::NativeQlogFolder;

const SEED_LENGTH: usize = 32;
const RESET_TOKEN_LENGTH: usize = 16;
const ID_LENGTH_MAX: usize = 20;

/// Certificates, key and trust, made ready for handshakes with one application protocol.
#[napi]
pub struct NativeCredentials {
    credentials: Credentials,
    secrets: Secrets,
    qlogs: Option<NativeQlogFolder>,
}

#[napi]
impl NativeCredentials {
    /// Takes PEM texts, and throws what cannot be used of them. Connections tell their secrets, and their packets, only if they are to.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        chain: &[u8],
        private_key: &[u8],
        trust_bundle: &[u8],
        application_protocol: String,
        client_ended_ms: f64,
        is_telling_secrets: bool,
        qlogs: Option<&NativeQlogFolder>,
    ) -> Result<Self> {
        let secrets = Secrets::default();
        let told = is_telling_secrets.then_some(&secrets);
        let ended_max = Duration::from_millis(client_ended_ms as u64);
        Credentials::from_pem(chain, private_key, trust_bundle, &application_protocol, told, ended_max)
            .map(|credentials| Self { credentials, secrets, qlogs: qlogs.cloned() })
            .map_err(|error| Error::from_reason(error.to_string()))
    }

    /// The secrets that connections have told since the last call, in lines of the NSS key log format; null: none.
    #[napi(catch_unwind)]
    pub fn take_secrets(&self) -> Option<Buffer> {
        let lines = self.secrets.take();
        (!lines.is_empty()).then(|| lines.into())
    }
}

/// The settings of a connection: those of `QuicConfig` (packages/quic/src/engine.ts), as far as they are numbers.
#[napi(object)]
pub struct NativeSettings {
    pub idle_timeout_ms: f64,
    pub initial_rtt_ms: Option<f64>,
    pub receive_payload_max: u32,
    pub send_payload_max: u32,
    pub datagram_receive_max: Option<u32>,
    pub datagram_send_max: Option<u32>,
    pub connection_window: f64,
    pub stream_window: f64,
    pub stream_window_max: f64,
    pub bidirectional_max: f64,
    pub stateless_reset_token: Option<Uint8Array>,
    pub congestion_control: String,
    pub is_judging: bool,
    pub carries_others: Option<bool>,
    /// Bytes that make up all chance of the connection but that of its TLS keys: 32.
    pub seed: Uint8Array,
    /// Seconds since 1970, for the validity of certificates.
    pub unix_time: f64,
    pub now: f64,
}

/// Reads the settings, and throws what cannot be.
pub(crate) fn beginning<'a>(
    credentials: &'a NativeCredentials,
    settings: &NativeSettings,
    source_id: &'a [u8],
) -> Result<Beginning<'a>> {
    credentials.credentials.set_unix_time(settings.unix_time as u64);
    let seed: [u8; SEED_LENGTH] = settings.seed.as_ref().try_into().map_err(|_| wrong("a seed has 32 bytes"))?;
    if source_id.len() > ID_LENGTH_MAX {
        return Err(wrong("a connection ID has at most 20 bytes"));
    }
    let now = settings.now;
    let reset_token =
        settings.stateless_reset_token.as_ref().map(|token| <[u8; RESET_TOKEN_LENGTH]>::try_from(&**token));
    let settings = Settings {
        idle_timeout_ms: settings.idle_timeout_ms as u64,
        initial_rtt_ms: settings.initial_rtt_ms.unwrap_or(0.0) as u64,
        receive_payload_max: u16::try_from(settings.receive_payload_max).unwrap_or(u16::MAX),
        send_payload_max: u16::try_from(settings.send_payload_max).unwrap_or(u16::MAX),
        datagrams: settings
            .datagram_receive_max
            .zip(settings.datagram_send_max)
            .map(|(receive, send)| DatagramQueues { receive_max: receive as usize, send_max: send as usize }),
        connection_window: settings.connection_window as u64,
        stream_window: settings.stream_window as u64,
        stream_window_max: settings.stream_window_max as u64,
        bidirectional_max: settings.bidirectional_max as u64,
        stateless_reset_token: reset_token.transpose().map_err(|_| wrong("a reset token has 16 bytes"))?,
        congestion_control: match settings.congestion_control.as_str() {
            "reno" => CongestionControl::Reno,
            "bbr" => CongestionControl::Bbr,
            "steady" => CongestionControl::Steady,
            _ => CongestionControl::Cubic,
        },
        is_judging: settings.is_judging,
        carries_others: settings.carries_others.unwrap_or(false),
    };
    let base = Instant::now();
    Ok(Beginning {
        credentials: &credentials.credentials,
        settings,
        source_id,
        seed,
        ledger: LEDGER.clone(),
        base,
        now,
        qlog: credentials.qlogs.as_ref().and_then(NativeQlogFolder::begin),
    })
}

fn wrong(what: &str) -> Error {
    Error::from_reason(what)
}
