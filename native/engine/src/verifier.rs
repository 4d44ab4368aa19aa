//! Verification of a peer's certificate chain during the handshake.

use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use webpki::ring::{ECDSA_P256_SHA256, ED25519};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

static CHAIN_ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[ECDSA_P256_SHA256, ED25519];

/// The signature algorithms of certificates and handshakes: ECDSA on P-256 with SHA-256, and Ed25519.
static ALGORITHMS: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: CHAIN_ALGORITHMS,
    mapping: &[(SignatureScheme::ECDSA_NISTP256_SHA256, &[ECDSA_P256_SHA256]), (SignatureScheme::ED25519, &[ED25519])],
};

/// Verifies that a chain ends at a self-signed CA certificate of the trust bundle, that it is valid now, and that the peer holds its key. Names,
/// kinds and revocation (CRLs) are checked by packages/identity, before anything is accepted.
#[derive(Debug)]
pub(crate) struct ChainVerifier {
    anchors: Vec<TrustAnchor<'static>>,
    /// For how long after its end a client's certificate is taken.
    client_ended_max: Duration,
}

impl ChainVerifier {
    /// Takes the certificates of a trust bundle, without the ones that are not self-signed. A client's chain of which a certificate has ended
    /// no longer ago than `client_ended_max` is verified as of that end: who asks for that looks at the ends by itself.
    pub(crate) fn new(bundle: &[CertificateDer<'_>], client_ended_max: Duration) -> Result<Self, webpki::Error> {
        let mut anchors = Vec::with_capacity(bundle.len());
        for certificate in bundle {
            let parsed = EndEntityCert::try_from(certificate)?;
            if parsed.issuer() == parsed.subject() {
                anchors.push(anchor_from_trusted_cert(certificate)?.to_owned());
            }
        }
        Ok(Self { anchors, client_ended_max })
    }

    fn verify(
        &self,
        leaf: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
        usage: fn() -> KeyUsage,
        ended_max: Duration,
    ) -> Result<(), Error> {
        EndEntityCert::try_from(leaf)
            .and_then(|leaf| {
                let at = |time| {
                    leaf.verify_for_usage(CHAIN_ALGORITHMS, &self.anchors, intermediates, time, usage(), None, None)
                        .map(|_| ())
                };
                match at(now) {
                    Err(webpki::Error::CertExpired { not_after, .. }) if is_within(not_after, now, ended_max) => {
                        at(not_after)
                    }
                    result => result,
                }
            })
            .map_err(|error| Error::InvalidCertificate(certificate_error(error)))
    }
}

/// Whether an end lies back for no longer than that.
fn is_within(end: UnixTime, now: UnixTime, ended_max: Duration) -> bool {
    now.as_secs().saturating_sub(end.as_secs()) <= ended_max.as_secs() && !ended_max.is_zero()
}

/// Chooses the error that leads to the TLS alert named in docs/develop/quic.md.
fn certificate_error(error: webpki::Error) -> CertificateError {
    use webpki::Error as Webpki;
    match error {
        Webpki::CertExpired { .. } | Webpki::InvalidCertValidity => CertificateError::Expired,
        Webpki::CertNotValidYet { .. } => CertificateError::NotValidYet,
        Webpki::RequiredEkuNotFoundContext(_) => CertificateError::InvalidPurpose,
        Webpki::UnsupportedCriticalExtension => CertificateError::UnhandledCriticalExtension,
        Webpki::BadDer | Webpki::BadDerTime | Webpki::TrailingData(_) => CertificateError::BadEncoding,
        _ => CertificateError::UnknownIssuer,
    }
}

impl ServerCertVerifier for ChainVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verify(end_entity, intermediates, now, KeyUsage::server_auth, Duration::ZERO)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("QUIC has TLS 1.3".into()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &ALGORITHMS)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ALGORITHMS.supported_schemes()
    }
}

impl ClientCertVerifier for ChainVerifier {
    /// No hints: an unverified client is not told whom we trust.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.verify(end_entity, intermediates, now, KeyUsage::client_auth, self.client_ended_max)?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        ServerCertVerifier::verify_tls12_signature(self, message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &ALGORITHMS)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ALGORITHMS.supported_schemes()
    }
}
