import { alertCode, certificateAlert, type QuicEvent } from "@florenetes/quic";
import { Code, type ConnectionEnd, ownExpired, ownRevoked, WRONG_KEY_ALERT } from "../codes.ts";
import type { ConnectionTraffic } from "./end-connection.ts";
import { silenceMs } from "./silence.ts";

type Closed = Extract<QuicEvent, { kind: "closed" }>;

const keyNotPinned = "the key of our certificate is none of those that the other end has pinned for us";

/** @param isGreeted Whether the peer has said hello. */
export function endOf(event: Closed, isGreeted: boolean): ConnectionEnd {
  const { cause, isApplication } = event;
  // Before the peer's hello, an error of QUIC itself most likely means that the peer's TLS refuses our certificate.
  const isRefusal = cause !== "reset" && cause !== "idle" && !isGreeted;
  if (isRefusal && isWrongKey(event)) return { code: Code.wrongKey, cause: "peer", text: keyNotPinned };
  const code = isApplication ? event.code : isRefusal ? Code.handshakeRefused : Code.connectionLost;
  return { code, cause: cause === "idle" ? "silent" : cause, text: closeText(event) };
}

/** Whether the originator has refused our certificate within the handshake, by the alert that stands for a key that is not pinned. */
function isWrongKey({ cause, isApplication, code }: Closed): boolean {
  return cause === "peer" && !isApplication && code === alertCode(WRONG_KEY_ALERT);
}

/**
 * The end of a connection that is not up in time. QUIC repeats lost packets: so a peer that is still heard has sent no hello, and a peer that is
 * not heard was cut off after its handshake.
 */
export function lateEnd(
  isHandshaking: boolean,
  { silentMs, rttMs }: Pick<ConnectionTraffic, "silentMs" | "rttMs">,
): ConnectionEnd {
  if (isHandshaking) return { code: Code.noAnswer, cause: "silent", text: "no handshake" };
  if (silentMs < silenceMs(true, rttMs)) return { code: Code.malformed, cause: "local", text: "no hello" };
  return { code: Code.silent, cause: "silent", text: "nothing was heard behind the handshake" };
}

/** Why a connection has ended, for people: the peer's own words, or what the code of QUIC or TLS means. */
function closeText({ cause, code, isApplication, reason }: Closed): string {
  // This end has refused the other one.
  if (isApplication && cause === "local") return reason;
  if (isApplication && code === Code.revoked) {
    return reason === ownRevoked ? "the other end's certificate is revoked" : "our certificate is revoked there";
  }
  if (isApplication && code === Code.wrongKey) return keyNotPinned;
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
