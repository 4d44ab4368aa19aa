/** RFC 9001, 4.8: a TLS alert is a QUIC error from here. */
const ALERT_BASE = 0x100;

/** RFC 8446, 6.2: access_denied. The certificate is valid, and whoever has verified it will not go on. No TLS library sends it by itself. */
export const ACCESS_DENIED = 49;

/** The transport error code of a TLS alert. */
export function alertCode(alert: number): number {
  return ALERT_BASE + alert;
}

/** RFC 8446, 6.2: those that a certificate can be the cause of. */
const CERTIFICATE_ALERTS: ReadonlyMap<number, string> = new Map([
  [42, "bad certificate"],
  [43, "unsupported certificate"],
  [44, "certificate revoked"],
  // BoringSSL says so of one that is not valid yet, too.
  [45, "certificate expired or not valid yet"],
  [46, "certificate unknown"],
  [48, "unknown CA"],
  [51, "bad signature"],
  [116, "certificate required"],
]);

/** The meaning of a transport error code that is about a certificate, for people; undefined for other codes. */
export function certificateAlert(code: number): string | undefined {
  return CERTIFICATE_ALERTS.get(code - ALERT_BASE);
}
