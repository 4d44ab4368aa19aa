import { certificateAlert, type QuicEvent } from "@florenetes/quic";
import { Code, ownExpired, ownRevoked } from "../codes.ts";

/** Why a connection has ended, for people: the peer's own words, or what the code of QUIC or TLS means. */
export function closeText({ cause, code, isApplication, reason }: Extract<QuicEvent, { kind: "closed" }>): string {
  // It was this end that has refused the other one.
  if (isApplication && cause === "local") return reason;
  if (isApplication && code === Code.revoked) {
    return reason === ownRevoked ? "the other end's certificate is revoked" : "our certificate is revoked there";
  }
  if (isApplication && code === Code.expired) {
    return reason === ownExpired
      ? "the other end's certificate has ended"
      : "our certificate has ended, as the other end sees it";
  }
  if (isApplication || cause === "reset" || cause === "idle") return reason;
  const alert = certificateAlert(code);
  if (alert === undefined) return `QUIC error 0x${code.toString(16)} ${reason}`.trimEnd();
  return cause === "peer"
    ? `the other end does not accept our certificate (${alert})`
    : `the other end's certificate is not accepted here (${alert})`;
}
