import { warningPause, WarningRhythm } from "@florenetes/scheduling";
import type { CertificateInUse } from "../certificates/certificate-in-use.ts";
import { expiryState, warningStart } from "./expiry.ts";

/** A certificate that somebody should be told about before it ends. */
export interface WatchedCertificate extends Pick<
  CertificateInUse,
  "role" | "fingerprint" | "serial" | "notBefore" | "notAfter"
> {
  /** The identity that holds it, as `<kind>/<name>`. */
  readonly principal: string;
  /** The file that it was read from. */
  readonly file: string;
}

/** A notice about one certificate, in the form of a log line. */
export interface ExpiryNotice {
  readonly level: "info" | "warn" | "error";
  readonly fields: {
    readonly code: "CERTIFICATE_EXPIRES_SOON" | "CERTIFICATE_EXPIRED" | "CERTIFICATE_WARNING_OVER";
    readonly principal: string;
    readonly role: WatchedCertificate["role"];
    readonly file: string;
    readonly serial: string;
    readonly notAfter: string;
    /** The time left in words, for example `12 days`; after the end, the time since then with a minus sign. */
    readonly remaining: string;
    /** Identities that hold it: a root is mostly in several. */
    readonly identities: number;
  };
  readonly text: string;
}

/** The clock of the wall may be put forward or back, or stand still while the machine sleeps: so it is looked at often. */
const LOOK_MS_MAX = 60_000;
const LOOK_MS_MIN = 1_000;

/**
 * Warns before certificates end: each day, each hour in the last one and after the end. One that is in several identities is
 * told once. The time that it is given may go in leaps, also back. It performs no I/O.
 *
 *     valid ──▶ expires-soon ──▶ expired
 *       ▲            │              │        the warning is over: another certificate is in use,
 *       └────────────┴──────────────┘        or the clock was wrong
 */
export class ExpiryWatch {
  #warningMs: number;
  /** Certificates that were warned of, by their fingerprints. */
  readonly #warned = new Map<string, WatchedCertificate>();
  readonly #rhythm = new WarningRhythm();

  /** @param warningMs how long before the end warnings begin */
  constructor(warningMs: number) {
    this.#warningMs = warningMs;
  }

  /** Warnings begin so long before the end from now on; with the next look. */
  handleWarning(warningMs: number): void {
    this.#warningMs = warningMs;
  }

  /** Returns the notices that are due now. All certificates in use are to be given. */
  handleTime(certificates: readonly WatchedCertificate[], at: Date): ExpiryNotice[] {
    const notices: ExpiryNotice[] = [];
    const present = groupByFingerprint(certificates);
    for (const [fingerprint, certificate] of this.#warned) {
      if (present.has(fingerprint)) continue;
      this.#forget(fingerprint);
      notices.push(overNotice([certificate], "is not in use any more", at));
    }
    for (const same of present.values()) {
      const notice = this.#judge(same, at);
      if (notice !== undefined) notices.push(notice);
    }
    return notices;
  }

  /** After how many milliseconds it wants to be asked again: at most a minute. */
  nextLook(certificates: readonly WatchedCertificate[], at: Date): number {
    const now = at.getTime();
    let next = now + LOOK_MS_MAX;
    for (const certificate of certificates) {
      // An end is passed only when the clock is behind it.
      for (const change of [warningStart(certificate, this.#warningMs), certificate.notAfter.getTime() + 1]) {
        if (change > now) next = Math.min(next, change);
      }
    }
    return Math.max(LOOK_MS_MIN, next - now);
  }

  /** @param same the certificate, once for each identity that holds it */
  #judge(same: readonly WatchedCertificate[], at: Date): ExpiryNotice | undefined {
    const certificate = same[0]!;
    const { fingerprint } = certificate;
    const state = expiryState(certificate, this.#warningMs, at);
    if (state === "valid") {
      if (!this.#forget(fingerprint)) return undefined;
      return overNotice(same, "does not end soon, by this machine's clock", at);
    }
    const now = at.getTime();
    if (!this.#rhythm.isDue(fingerprint, state, now, warningPause(certificate.notAfter.getTime(), now)))
      return undefined;
    this.#warned.set(fingerprint, certificate);
    return state === "expired" ? expiredNotice(same, at) : warning(same, at);
  }

  #forget(fingerprint: string): boolean {
    this.#warned.delete(fingerprint);
    return this.#rhythm.forget(fingerprint);
  }
}

function groupByFingerprint(certificates: readonly WatchedCertificate[]): Map<string, WatchedCertificate[]> {
  const groups = new Map<string, WatchedCertificate[]>();
  for (const certificate of certificates) {
    const group = groups.get(certificate.fingerprint);
    if (group === undefined) groups.set(certificate.fingerprint, [certificate]);
    else group.push(certificate);
  }
  return groups;
}

function warning(same: readonly WatchedCertificate[], at: Date): ExpiryNotice {
  const fields = fieldsOf("CERTIFICATE_EXPIRES_SOON", same, at);
  const text = `${nameOf(same)} ends in ${fields.remaining}, at ${fields.notAfter}: ${adviceOf(same[0]!)}`;
  return { level: "warn", fields, text };
}

function expiredNotice(same: readonly WatchedCertificate[], at: Date): ExpiryNotice {
  const fields = fieldsOf("CERTIFICATE_EXPIRED", same, at);
  const refused = same[0]!.role === "root" ? "peers whose certificates lead to it are refused" : "peers refuse it";
  const text = `${nameOf(same)} has ended at ${fields.notAfter}, and ${refused}: ${adviceOf(same[0]!)}`;
  return { level: "error", fields, text };
}

function overNotice(same: readonly WatchedCertificate[], why: string, at: Date): ExpiryNotice {
  const fields = fieldsOf("CERTIFICATE_WARNING_OVER", same, at);
  return { level: "info", fields, text: `${nameOf(same)}, whose end is ${fields.notAfter}, ${why}` };
}

function fieldsOf<Code extends ExpiryNotice["fields"]["code"]>(
  code: Code,
  same: readonly WatchedCertificate[],
  at: Date,
): ExpiryNotice["fields"] & { readonly code: Code } {
  const { principal, role, file, serial, notAfter } = same[0]!;
  const remaining = formatRemaining(notAfter.getTime() - at.getTime());
  return { code, principal, role, file, serial, notAfter: notAfter.toISOString(), remaining, identities: same.length };
}

const nouns = { leaf: "the certificate", intermediate: "the intermediate CA certificate", root: "the trust root" };

function nameOf(same: readonly WatchedCertificate[]): string {
  const { role, principal } = same[0]!;
  const others = same.length - 1;
  const whose = others === 0 ? "" : ` and ${others} more ${others === 1 ? "identity" : "identities"}`;
  return `${nouns[role]} of ${principal}${whose}`;
}

const advice = {
  leaf: "renew the identity",
  intermediate: "renew the identity under a new intermediate CA",
  root: "replace the cluster's root, or take it out of trust.pem when another has followed it",
};

function adviceOf({ role, file }: WatchedCertificate): string {
  return `${advice[role]} (${file})`;
}

/** `12 days`, `5 hours`, `-3 minutes`. */
function formatRemaining(milliseconds: number): string {
  const minutes = Math.floor(Math.abs(milliseconds) / 60_000);
  const sign = milliseconds < 0 && minutes > 0 ? "-" : "";
  if (minutes < 120) return `${sign}${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
  if (minutes < 2_880) return `${sign}${Math.floor(minutes / 60)} hours`;
  return `${sign}${Math.floor(minutes / 1_440)} days`;
}
