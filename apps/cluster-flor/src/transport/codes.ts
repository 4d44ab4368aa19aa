import { ACCESS_DENIED } from "@florenetes/quic";

/**
 * The reasons why a stream or a connection ends. The numbers travel in RESET_STREAM, STOP_SENDING and CONNECTION_CLOSE
 * frames and do not change; status and logs show the names. docs/protocol/transport.md has the table.
 */
export const Code = {
  /** Normal end: nothing is left to do. */
  done: 0x00,
  workloadReset: 0x01,
  targetDown: 0x02,
  targetTimeout: 0x03,
  notAllowed: 0x04,
  unknownService: 0x05,
  unsupported: 0x06,
  malformed: 0x07,
  overBudget: 0x08,
  stopping: 0x09,
  wrongPrincipal: 0x0a,
  superseded: 0x0b,
  silent: 0x0c,
  tooManyConnections: 0x0d,
  revoked: 0x0e,
  revocationUnknown: 0x0f,
  expired: 0x10,
  openTimeout: 0x11,
  tooManyStreams: 0x12,
  wrongClass: 0x13,
  wrongKind: 0x14,
  wrongKey: 0x15,
  notGranted: 0x16,

  // These codes are known at one end only, and never sent.
  noAnswer: 0x80,
  connectionLost: 0x81,
  handshakeRefused: 0x82,
  streamLimit: 0x83,
} as const;
export type Code = (typeof Code)[keyof typeof Code];

/** An originator says `wrongKey` by this TLS alert, within the handshake: an application's code could not be read there. */
export const WRONG_KEY_ALERT: number = ACCESS_DENIED;

/** The reason phrase of a `revoked` about the sender's own certificate: its peer has nothing to mend. */
export const ownRevoked = "OWN_CERTIFICATE_REVOKED";
/** The reason phrase of an `expired` about the sender's own certificate. */
export const ownExpired = "OWN_CERTIFICATE_EXPIRED";

const names = new Map<number, string>(
  Object.entries(Code).map(([name, code]) => [code, name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()]),
);
const unknownCode = "UNKNOWN_CODE";

/** The name of a code, for example `TARGET_DOWN`. All unknown codes share one name, since a peer can make up as many as it likes. */
export function codeName(code: number): string {
  return names.get(code) ?? unknownCode;
}

/**
 * The reason of an end, for people: the text, or the code's name when there is none. Only this text shows the number of
 * an unknown code.
 */
export function codeText(code: number, text: string): string {
  if (names.has(code)) return text === "" ? codeName(code) : text;
  return `${unknownCode} ${code}${text === "" ? "" : `: ${text}`}`;
}

/** The reason why a connection is not made, or has to end. */
export interface Refusal {
  readonly code: number;
  /** The reason phrase for the peer: a stable code, a sentence for its log, or nothing. */
  readonly reason: string;
  /** A longer text for the log here; default: the reason. */
  readonly text?: string;
  /**
   * True: the end is repeated until the peer should have received it, since an idle peer sends nothing that
   * would be answered with the end.
   */
  readonly isUrgent?: boolean;
}

/** The end of a connection. */
export interface ConnectionEnd {
  readonly code: number;
  /**
   * The peer closed the connection, this end closed it, the peer did not know it (a stateless reset), or nothing was
   * heard for too long.
   */
  readonly cause: "peer" | "local" | "reset" | "silent";
  readonly text: string;
}

/** Ends that this vertex decides by itself, whatever its peers do. */
const ownDecisions: ReadonlySet<number> = new Set([
  Code.done,
  Code.stopping,
  Code.unknownService,
  Code.notAllowed,
  Code.wrongClass,
  Code.revoked,
  Code.wrongKey,
  Code.expired,
  Code.notGranted,
]);

/**
 * Whether streams that end with the connection are lost by the peer's doing: the peer has closed it, is gone, or has
 * broken a rule.
 */
export function isLostByPeer({ code, cause }: ConnectionEnd): boolean {
  return cause !== "local" || !ownDecisions.has(code);
}

/** Counts by code. */
export class CodeCounts {
  readonly #counts = new Map<string, number>();

  add(code: number): void {
    const name = codeName(code);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  /** @param others Pairs to add: a code, and its count. */
  toJSON(others: readonly number[] = []): Record<string, number> {
    const counts = new Map(this.#counts);
    for (let at = 0; at + 1 < others.length; at += 2) {
      const name = codeName(others[at]!);
      counts.set(name, (counts.get(name) ?? 0) + others[at + 1]!);
    }
    return Object.fromEntries(counts);
  }
}

/** Codes that a new attempt will most likely meet again. */
const refusals: ReadonlySet<number> = new Set([
  Code.handshakeRefused,
  Code.notAllowed,
  Code.wrongPrincipal,
  Code.unknownService,
  Code.superseded,
  Code.unsupported,
  Code.malformed,
  Code.tooManyConnections,
  Code.tooManyStreams,
  Code.revoked,
  Code.revocationUnknown,
  Code.expired,
  Code.wrongClass,
  Code.wrongKey,
]);

/** Refusals that only the acceptor's side can mend: its target, its allow list, its limits. */
const mendedByAcceptor: ReadonlySet<number> = new Set([
  Code.targetDown,
  Code.targetTimeout,
  Code.notAllowed,
  Code.overBudget,
  Code.stopping,
  Code.tooManyConnections,
  Code.tooManyStreams,
  Code.revocationUnknown,
  Code.notGranted,
]);
/** Refusals that only the originator's side can mend: its certificate, its config, the conduct of its workload. */
const mendedByOriginator: ReadonlySet<number> = new Set([
  Code.malformed,
  Code.wrongPrincipal,
  Code.openTimeout,
  Code.wrongClass,
  Code.wrongKind,
]);

/** The end of a connection whose operator can mend a refusal; undefined when the code does not tell. */
export function whoMends(code: number): "originator" | "acceptor" | undefined {
  if (mendedByAcceptor.has(code)) return "acceptor";
  return mendedByOriginator.has(code) ? "originator" : undefined;
}

/**
 * Whether a connection ended because one of its certificates is revoked, has ended, or has a key that is not pinned. A handshake may end
 * so, too: the caller knows whether the connection was good before.
 */
export function isJudgement(code: number): boolean {
  return code === Code.revoked || code === Code.wrongKey || code === Code.expired;
}

/** Whether one of the two ends is not who it should be, by its certificate, its key or its name. */
export function isOfIdentity(code: number): boolean {
  return isJudgement(code) || code === Code.handshakeRefused || code === Code.wrongPrincipal;
}

/** Whether a new attempt will most likely end in the same way. */
export function isRefusal(code: number): boolean {
  return refusals.has(code);
}
