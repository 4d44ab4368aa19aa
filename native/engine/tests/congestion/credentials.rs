//! Keys and certificates of both ends. Signatures by Ed25519 are all of one length, so that a run is the same each time.

use florenetes_engine::Credentials;

/// A time at which the certificates are valid.
const UNIX_TIME: u64 = 2_000_000_000;

/// The credentials of both ends, which show the same leaf.
pub(crate) fn credentials() -> Credentials {
    let credentials =
        Credentials::from_pem(LEAF.as_bytes(), KEY.as_bytes(), CA.as_bytes(), "test", None, std::time::Duration::ZERO)
            .expect("they serve");
    credentials.set_unix_time(UNIX_TIME);
    credentials
}

const LEAF: &str = "-----BEGIN CERTIFICATE-----
MIIBXjCCARCgAwIBAgIUS43vAluqMpgelhT3HgloOmIBLY0wBQYDK2VwMA0xCzAJ
BgNVBAMMAmNhMCAXDTI2MTEyMjAxMDg1OVoYDzIxMjYxMDI5MDEwODU5WjAOMQww
CgYDVQQDDANlbmQwKjAFBgMrZXADIQCS/AKXndst501aia2usV6UIEzs7/EI4mCx
LkSDfuN1paN/MH0wDAYDVR0TAQH/BAIwADAOBgNVHQ8BAf8EBAMCB4AwHQYDVR0l
BBYwFAYIKwYBBQUHAwIGCCsGAQUFBwMBMB0GA1UdDgQWBBSeGebFr+CfcHr3VWwL
eUp1xQ6C5DAfBgNVHSMEGDAWgBQf/4YTxCjdTsoE7qZwW8cFWkLlhDAFBgMrZXAD
QQCwtqwwtcwmWd4mF7OU5GEwR15XmA2h7O+wi853PazQybflT6S42RCc2dFaOYt4
gWvYpwKvxCrOtcRHEcRrS3sM
-----END CERTIFICATE-----";

/// The key was made for this test, and is used nowhere else.
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIDkFrR6B5hVMFXblNWiObJDilj+M7Kjzf26AAhHiIvdV
-----END PRIVATE KEY-----";

const CA: &str = "-----BEGIN CERTIFICATE-----
MIIBHzCB0qADAgECAhQ+2nbeBhDQ6CyKx+heS3PRyasc3zAFBgMrZXAwDTELMAkG
A1UEAwwCY2EwIBcNMjYxMTIyMDEwODU5WhgPMjEyNjEwMjkwMTA4NTlaMA0xCzAJ
BgNVBAMMAmNhMCowBQYDK2VwAyEANjNLA1xHzu/pYiexS6pttr4WVydWI9LPdeka
bodnjvmjQjBAMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgIEMB0GA1Ud
DgQWBBQf/4YTxCjdTsoE7qZwW8cFWkLlhDAFBgMrZXADQQD+3INqoe+pY8t9hfVT
60q0/aoTLRfHgG7vj0M/kjFTkOffl9ITxr/rL6js3svBpUajMWrs/kMDyz9wIDAN
s5QL
-----END CERTIFICATE-----";
