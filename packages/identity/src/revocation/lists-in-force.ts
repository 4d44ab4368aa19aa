/**
 * Decides which list of each issuer is in force, and what is told of it. Only a list with a higher number replaces one:
 *
 *     none ──▶ list 4 ──▶ list 7          an older list, or another one with the same number, is refused
 *       ▲                    │ its CA is in no trust bundle any more
 *       └────────────────────┘
 */
import { WarningRhythm } from "@florenetes/scheduling";
import { keyFingerprintOf } from "../certificates/certificate-id.ts";
import { describeName } from "../certificates/description.ts";
import { IdentityError } from "../errors.ts";
import { expiryState, type ExpiryState } from "../expiry/expiry.ts";
import { DAY_MS } from "../limits.ts";
import { type FoundList, toVerifiedList } from "./list-file.ts";
import { isStillTrusted, type VerifiedList } from "./list-issuer.ts";
import type { ListTrust } from "./list-trust.ts";
import { describeList, type RevocationEvent, type RevocationListStatus } from "./revocation-event.ts";
import { type RevocationPolicy, Revocations } from "./revocations.ts";

export class ListsInForce {
  /** The lists in force, which handshakes ask. Only this class changes them. */
  readonly revocations: Revocations<VerifiedList>;
  /** How often a list has come into force or gone out of it. */
  changes = 0;
  readonly #warningMs: number;
  readonly #onEvent: (event: RevocationEvent) => void;
  /** Warnings of the ends of lists, by their issuers. */
  readonly #warnings = new WarningRhythm();

  /** @param warningMs how long before the end of a list warnings begin */
  constructor(policy: RevocationPolicy, warningMs: number, onEvent: (event: RevocationEvent) => void) {
    this.revocations = new Revocations(policy);
    this.#warningMs = warningMs;
    this.#onEvent = onEvent;
  }

  /** The number of the issuer's list; undefined: the issuer has none in force. */
  numberOf(issuer: string): bigint | undefined {
    return this.revocations.listOf(issuer)?.number;
  }

  /**
   * Puts a list in force when it is newer than the present one. Throws ERR_IDENTITY_LIST_OLDER when it is older, or
   * another list with the same number.
   */
  put(found: FoundList, file: string): "newer" | "same" {
    const present = this.revocations.listOf(found.issuer);
    const list = toVerifiedList(found);
    if (this.revocations.put(list)) {
      this.changes++;
      this.#tell("info", "REVOCATION_LOADED", `list ${list.number} of ${list.issuerName} is in force`, list, { file });
      return "newer";
    }
    if (present!.number === list.number && Buffer.compare(present!.der, list.der) === 0) return "same";
    const reason =
      present!.number === list.number
        ? "another list with this number is in force"
        : `list ${present!.number} is in force, which is newer`;
    const message = `revocation list ${list.number} of ${list.issuerName} is refused: ${reason}`;
    throw new IdentityError("ERR_IDENTITY_LIST_OLDER", message, { where: { file } });
  }

  /** Tells that a file holds a list that is in force already. */
  tellUnchanged(found: FoundList, file: string): void {
    const text = `list ${found.number} of ${found.issuerName} is in force already`;
    this.#tell("info", "REVOCATION_UNCHANGED", text, this.revocations.listOf(found.issuer)!, { file });
  }

  /**
   * Takes lists out of force whose CAs are trusted no more: such a CA lets nobody in, so that its list has nothing left
   * to refuse.
   */
  dropUntrusted(trust: ListTrust, at: Date): void {
    for (const list of this.revocations.lists) {
      if (isStillTrusted(list, trust, at)) continue;
      this.changes++;
      this.#warnings.forget(list.issuer);
      this.revocations.remove(list.issuer);
      const text = `${list.issuerName} is not trusted any more, and its list not needed`;
      this.#tell("info", "REVOCATION_DROPPED", text, list);
    }
  }

  /** Tells which CAs have no list, if lists are required. */
  tellMissing({ roots, intermediates }: ListTrust): void {
    if (!this.revocations.policy.isRequired) return;
    for (const authority of [...roots, ...intermediates]) {
      if (this.revocations.listOf(keyFingerprintOf(authority)) !== undefined) continue;
      const issuer = describeName(authority.subject);
      const text = `revocation lists are required, and there is none of ${issuer}: what it certifies is refused`;
      const reason = "ERR_IDENTITY_REVOCATION_MISSING";
      this.#onEvent({ level: "warn", code: "REVOCATION_MISSING", text, issuer, reason });
    }
  }

  /** Tells which lists end soon or have ended: at once, and from then on once a day. */
  tellEnds(at: Date): void {
    for (const list of this.revocations.lists) {
      const state = this.#stateOf(list, at);
      if (state === "valid") {
        // The clock was set back, or the list is new.
        this.#warnings.forget(list.issuer);
        continue;
      }
      if (!this.#warnings.isDue(list.issuer, state, at.getTime(), DAY_MS)) continue;
      if (state === "expired") this.#tellExpired(list, at);
      else this.#tellEndsSoon(list);
    }
  }

  #tellEndsSoon(list: VerifiedList): void {
    const text = `the revocation list of ${list.issuerName} ends at ${list.nextUpdate.toISOString()}: have its CA make a new one (flor ca crl), and install it`;
    this.#tell("warn", "REVOCATION_EXPIRES_SOON", text, list);
  }

  #tellExpired(list: VerifiedList, at: Date): void {
    const { isRequired, graceMs } = this.revocations.policy;
    const last = new Date(list.nextUpdate.getTime() + graceMs);
    const refusal =
      at > last ? "new handshakes are refused" : `new handshakes are refused from ${last.toISOString()} on`;
    const consequence = isRequired ? refusal : "whom its CA has revoked since is let in";
    const text = `the revocation list of ${list.issuerName} has ended: it binds still for what it names, and ${consequence}`;
    this.#tell("error", "REVOCATION_EXPIRED", text, list, { reason: "ERR_IDENTITY_REVOCATION_EXPIRED" });
  }

  #stateOf({ thisUpdate, nextUpdate }: VerifiedList, at: Date): ExpiryState {
    return expiryState({ notBefore: thisUpdate, notAfter: nextUpdate }, this.#warningMs, at);
  }

  status(isKept: (issuer: string, number: bigint) => boolean, at: Date): readonly RevocationListStatus[] {
    return this.revocations.lists.map((list) => ({
      ...describeList(list),
      isExpired: at > list.nextUpdate,
      state: this.#stateOf(list, at),
      isKept: isKept(list.issuer, list.number),
    }));
  }

  #tell(
    level: RevocationEvent["level"],
    code: RevocationEvent["code"],
    text: string,
    list: VerifiedList,
    more: Pick<RevocationEvent, "file" | "reason"> = {},
  ): void {
    this.#onEvent({ level, code, text, ...more, ...describeList(list) });
  }
}
