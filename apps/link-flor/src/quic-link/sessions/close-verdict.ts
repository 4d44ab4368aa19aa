import { certificateAlert, type QuicEvent } from "@florenetes/quic";
import { reasonOfWire, reasons, type Verdict, verdict } from "../reasons.ts";

/** Why a connection has ended, by the event of its engine. */
export function verdictOfClose(event: QuicEvent & { kind: "closed" }): Verdict {
  if (event.cause === "idle") return verdict(reasons.silent);
  if (event.cause === "reset") return verdict(reasons.reset);
  const isPeers = event.cause === "peer";
  const said = event.reason;
  if (!event.isApplication) return verdictOfTransportClose(event.code, isPeers, said);
  const reason = reasonOfWire(event.code);
  // Another implementation may have more to say than the code does.
  return verdict(reason, said === "" || said === reason.text ? reason.told : `${reason.told} ("${said}")`);
}

const TLS_ALERT_BASE = 0x100;
const ALERT_NO_APPLICATION_PROTOCOL = 120;
/** BoringSSL says so of a certificate that is not valid yet, too. */
const ALERT_EXPIRED = 45;

/** A TLS alert is about certificates or about the protocol. */
function verdictOfTransportClose(code: number, isPeers: boolean, text: string): Verdict {
  const alert = code - TLS_ALERT_BASE;
  if (alert === ALERT_NO_APPLICATION_PROTOCOL) return verdict(reasons.versionUnsupported);
  if (alert === ALERT_EXPIRED) {
    return isPeers
      ? verdict(
          reasons.untrustedByPeer,
          "the other end's clock says that our certificate has expired or is not valid yet",
        )
      : verdict(
          reasons.certificateRefused,
          "the other end's certificate has expired or is not valid yet, by this machine's clock",
        );
  }
  const name = certificateAlert(code);
  if (name === undefined) {
    const by = isPeers ? "by the other end" : "here";
    return verdict(
      reasons.quicError,
      `the QUIC connection was closed ${by} with code 0x${code.toString(16)} ${text}`.trimEnd(),
    );
  }
  const reason = isPeers ? reasons.untrustedByPeer : reasons.untrusted;
  return verdict(reason, `${reason.text} (${name})`);
}
