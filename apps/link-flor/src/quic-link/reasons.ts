/**
 * Why a link is down or a session refused. The names are stable: they stand in LinkState, in status and in logs. Reasons with
 * a number travel as the application code of CONNECTION_CLOSE; the peer goes by that number.
 */
export interface Reason {
  readonly name: string;
  /** Application code on the wire; undefined for reasons that only one side can know. */
  readonly wire: number | undefined;
  /** Whether the reason will not pass by itself: attempts become rare. */
  readonly isPermanent: boolean;
  /** Whether the reason is an answer ("no") rather than an event. */
  readonly isRefusal: boolean;
  readonly text: string;
  /** Text for an end that the other one has told this reason. */
  readonly told: string;
}

function event(name: string, wire: number | undefined, text: string, told: string = text): Reason {
  return { name, wire, isPermanent: false, isRefusal: false, text, told };
}

function refusal(
  name: string,
  wire: number | undefined,
  isPermanent: boolean,
  text: string,
  told: string = text,
): Reason {
  return { name, wire, isPermanent, isRefusal: true, text, told };
}

export type ReasonKey =
  | "closed"
  | "stopping"
  | "vertexGone"
  | "silent"
  | "superseded"
  | "notWanted"
  | "roleConflict"
  | "versionUnsupported"
  | "wrongKind"
  | "wrongName"
  | "wrongKey"
  | "wrongCluster"
  | "certificateRefused"
  | "revoked"
  | "ownRevoked"
  | "revocationUnknown"
  | "expired"
  | "ownExpired"
  | "mtuTooSmall"
  | "protocolError"
  | "overloaded"
  | "tooSlow"
  | "noAnswer"
  | "reset"
  | "untrusted"
  | "untrustedByPeer"
  | "unknownCode"
  | "quicError"
  | "badEndpoint"
  | "nameNotResolved";

export const reasons: Readonly<Record<ReasonKey, Reason>> = {
  closed: event("CLOSED", 0x00, "the other end does not want the link any more"),
  stopping: event("STOPPING", 0x01, "the link vertex at the other end is stopping"),
  vertexGone: event("VERTEX_GONE", 0x02, "the cluster vertex at the other end is gone"),
  silent: event(
    "SILENT",
    0x03,
    "nothing was heard from the other end",
    "the other end heard nothing from this one: was this one stopped, or do packets get through in one direction only?",
  ),
  superseded: event("SUPERSEDED", 0x04, "a newer session of the same link took over"),
  notWanted: refusal("NOT_WANTED", 0x10, false, "the other end's cluster vertex has not asked for this link (yet)"),
  roleConflict: refusal("ROLE_CONFLICT", 0x11, true, "both ends are configured as originator"),
  versionUnsupported: refusal(
    "VERSION_UNSUPPORTED",
    0x12,
    true,
    "the ends have no version of the link protocol in common",
  ),
  wrongKind: refusal(
    "WRONG_KIND",
    0x13,
    true,
    "the certificate is not a vertex's",
    "the other end refuses our certificate: it is not a vertex's",
  ),
  wrongName: refusal(
    "WRONG_NAME",
    0x14,
    true,
    "the certificate belongs to another vertex",
    "the other end refuses our certificate: it expects another vertex's",
  ),
  wrongCluster: refusal(
    "WRONG_CLUSTER",
    0x15,
    true,
    "the certificate belongs to another cluster",
    "the other end refuses our certificate: it is of another cluster",
  ),
  certificateRefused: refusal(
    "CERTIFICATE_REFUSED",
    0x16,
    true,
    "the certificate is not acceptable",
    "the other end refuses our certificate",
  ),
  revoked: refusal(
    "REVOKED",
    0x17,
    true,
    "the certificate has been revoked",
    "the other end refuses our certificate: it has been revoked",
  ),
  mtuTooSmall: refusal(
    "MTU_TOO_SMALL",
    0x18,
    true,
    "no probe came back: UDP payloads of 1200 bytes do not get through",
  ),
  protocolError: refusal(
    "PROTOCOL_ERROR",
    0x19,
    true,
    "the other end broke the link protocol",
    "the other end says that this one broke the link protocol",
  ),
  overloaded: refusal("OVERLOADED", 0x1a, false, "too many sessions are being opened"),
  tooSlow: refusal("TOO_SLOW", 0x1b, false, "the session did not come up in time"),
  revocationUnknown: refusal(
    "REVOCATION_UNKNOWN",
    0x1c,
    true,
    "there is no revocation list to judge the certificate by",
    "the other end has no revocation list to judge our certificate by",
  ),
  ownRevoked: refusal(
    "REVOKED",
    0x1d,
    true,
    "this end's own certificate has been revoked",
    "the other end's own certificate has been revoked",
  ),
  expired: refusal(
    "EXPIRED",
    0x1e,
    true,
    "the certificate has ended, and the session with it",
    "the other end has ended the session: our certificate has ended",
  ),
  ownExpired: refusal(
    "EXPIRED",
    0x1f,
    true,
    "this end's own certificate has ended",
    "the other end's own certificate has ended",
  ),
  wrongKey: refusal(
    "WRONG_KEY",
    0x20,
    true,
    "the certificate has another key than those that are pinned for the vertex",
    "the other end refuses our certificate: its key is none of those that are pinned for this vertex",
  ),

  // Reasons that only one side knows.
  noAnswer: event("NO_ANSWER", undefined, "nothing answers at the endpoint"),
  reset: event("RESET", undefined, "the other end has lost its state (restarted)"),
  untrusted: refusal(
    "UNTRUSTED",
    undefined,
    true,
    "the CA of the other end's certificate is not trusted here: one of the two ends has another CA",
  ),
  untrustedByPeer: refusal("UNTRUSTED_BY_PEER", undefined, true, "the other end does not accept our certificate"),
  unknownCode: event("UNKNOWN_CODE", undefined, "the other end closed the session with a code of a later version"),
  quicError: refusal("QUIC_ERROR", undefined, false, "the QUIC connection failed"),
  badEndpoint: refusal("BAD_ENDPOINT", undefined, true, "the endpoint cannot be used"),
  nameNotResolved: refusal("NAME_NOT_RESOLVED", undefined, false, "the endpoint's name cannot be resolved"),
};

const byWire: ReadonlyMap<number, Reason> = new Map(
  Object.values(reasons).flatMap((reason): [number, Reason][] =>
    reason.wire === undefined ? [] : [[reason.wire, reason]],
  ),
);

/** The reason that the peer's application code means. An unknown code is of a later version, and counts as an event that may pass. */
export function reasonOfWire(code: number): Reason {
  const known = byWire.get(code);
  if (known !== undefined) return known;
  const text = `the other end closed the session with code ${code}`;
  return { ...reasons.unknownCode, text, told: text };
}

/** A reason, with the text for one case of it. */
export interface Verdict {
  readonly reason: Reason;
  readonly text: string;
  /** The principal that a certificate has proven, though it is refused: a vertex by its name, another one as `user/alice`. */
  readonly peer?: string | undefined;
}

export function verdict(reason: Reason, text: string = reason.text): Verdict {
  return { reason, text };
}

/** The code that the peer is told when the reason has none. */
export const CLOSED_CODE = 0;
