//! Certificates, keys and trust, in the form that TLS needs.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use quinn_proto::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use rustls::client::Resumption;
use rustls::crypto::ring::cipher_suite::{
    TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384, TLS13_CHACHA20_POLY1305_SHA256,
};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::NoServerSessionStorage;
use rustls::time_provider::TimeProvider;
use rustls::version::TLS13;
use rustls::{ClientConfig, ServerConfig};

use crate::secrets::Secrets;
use crate::verifier::ChainVerifier;

/// A process's certificates, key and trust, prepared for handshakes with one application protocol. They are made once for many connections, as keys
/// are parsed here.
pub struct Credentials {
    time: Arc<GivenTime>,
    pub(crate) client: Arc<QuicClientConfig>,
    pub(crate) server: Arc<QuicServerConfig>,
}

/// The credentials cannot be used; the text says which part, and why.
#[derive(Debug)]
pub struct CredentialsError(String);

impl Credentials {
    /// Reads PEM texts: the chain begins with the leaf; the bundle holds the CA certificates that a peer's chain must end at. All connections with
    /// these credentials write their TLS secrets to `secrets`, if given. Servers take certificates of clients that have ended no longer ago than
    /// `client_ended_max`; zero: none.
    pub fn from_pem(
        chain: &[u8],
        private_key: &[u8],
        trust_bundle: &[u8],
        application_protocol: &str,
        secrets: Option<&Secrets>,
        client_ended_max: Duration,
    ) -> Result<Self, CredentialsError> {
        let chain = certificates("certificate chain", chain)?;
        let key = PrivateKeyDer::from_pem_slice(private_key).map_err(|error| unusable("private key", &error))?;
        let bundle = certificates("trust bundle", trust_bundle)?;
        let verifier =
            ChainVerifier::new(&bundle, client_ended_max).map_err(|error| unusable("trust bundle", &error))?;
        let (verifier, time) = (Arc::new(verifier), Arc::new(GivenTime::default()));
        let provider = Arc::new(provider());

        let mut client = ClientConfig::builder_with_details(provider.clone(), time.clone())
            .with_protocol_versions(&[&TLS13])
            .map_err(|error| unusable("TLS version", &error))?
            .dangerous()
            .with_custom_certificate_verifier(verifier.clone())
            .with_client_auth_cert(chain.clone(), key.clone_key())
            .map_err(|error| unusable("private key or its certificate", &error))?;
        client.alpn_protocols = vec![application_protocol.into()];
        // A resumed session would rely on an old verification.
        client.resumption = Resumption::disabled();
        client.enable_early_data = false;
        client.enable_sni = false;
        if let Some(secrets) = secrets {
            client.key_log = Arc::new(secrets.clone());
        }

        let mut server = ServerConfig::builder_with_details(provider, time.clone())
            .with_protocol_versions(&[&TLS13])
            .map_err(|error| unusable("TLS version", &error))?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)
            .map_err(|error| unusable("private key or its certificate", &error))?;
        server.alpn_protocols = vec![application_protocol.into()];
        server.session_storage = Arc::new(NoServerSessionStorage {});
        server.send_tls13_tickets = 0;
        server.max_early_data_size = 0;
        if let Some(secrets) = secrets {
            server.key_log = Arc::new(secrets.clone());
        }

        Ok(Self {
            time,
            client: Arc::new(QuicClientConfig::try_from(client).map_err(|error| unusable("cipher", &error))?),
            server: Arc::new(QuicServerConfig::try_from(server).map_err(|error| unusable("cipher", &error))?),
        })
    }

    /// Sets the time, in seconds since 1970, at which certificates are verified from now on.
    pub fn set_unix_time(&self, seconds: u64) {
        self.time.0.store(seconds, Ordering::Relaxed);
    }
}

/// The ciphers of TLS 1.3, first the cheapest on processors that support it.
fn provider() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: vec![TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384, TLS13_CHACHA20_POLY1305_SHA256],
        ..ring::default_provider()
    }
}

fn certificates(what: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, CredentialsError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = read.map_err(|error| unusable(what, &error))?;
    match certificates.is_empty() {
        true => Err(CredentialsError(format!("the {what} holds no certificate"))),
        false => Ok(certificates),
    }
}

fn unusable(what: &str, error: &dyn Error) -> CredentialsError {
    CredentialsError(format!("the {what} cannot be used: {error}"))
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for CredentialsError {}

/// The time of day as last set: the engine reads no clock.
#[derive(Debug, Default)]
struct GivenTime(AtomicU64);

impl TimeProvider for GivenTime {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(Duration::from_secs(self.0.load(Ordering::Relaxed))))
    }
}
