import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
  checkRevocationLists,
  formatPrincipal,
  IDENTITY_FILES,
  IdentityError,
  judgePeer,
  type Pins,
  type ProvenPeer,
  refusalCodeOf,
  Revocations,
} from "@florenetes/identity";
import type { PeerAccepted, PeerQuestion, PeerRefused } from "@florenetes/portal-api";

const LISTS = "crl.pem";
/** The policy by which a list counts even after its end. */
const POLICY = { isRequired: false, graceMs: Infinity };

/** Judges vertices as a cluster vertex does, by the roots and lists that are in an identity's folder at that moment. */
export class FolderJudge {
  readonly #folder: string;
  #seen = "";
  /** Changes of roots or lists that were seen so far. */
  #changes = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  countChanges(): number {
    const seen = [IDENTITY_FILES.trust, LISTS].map((name) => this.#fileState(name)).join(" ");
    if (seen !== this.#seen) this.#changes++;
    this.#seen = seen;
    return this.#changes;
  }

  judge({ peer, chain, isOpen }: PeerQuestion, cluster: string, pins: Pins): PeerAccepted | PeerRefused {
    const trustBundlePem = this.#read(IDENTITY_FILES.trust) ?? "";
    const expected = { trustBundlePem, cluster, kinds: ["vertex"] as const, ...(peer !== "" && { name: peer }) };
    const at = { wall: new Date(), monotonic: performance.now() };
    const judge = (revocations: Revocations): ReturnType<typeof judgePeer> =>
      judgePeer(chain, expected, { revocations, expiryGraceMs: 0, pins }, at, { isOpen });
    let judged = judge(new Revocations(POLICY));
    if (!("why" in judged)) judged = judge(this.#lists(judged, trustBundlePem));
    if ("why" in judged) return { code: refusalCodeOf(judged), text: judged.text };
    const { principal, term } = judged;
    return { principal: formatPrincipal(principal), name: principal.name, goodUntil: term.until.getTime(), graceMs: 0 };
  }

  #lists({ principal }: ProvenPeer, trustBundlePem: string): Revocations {
    const revocations = new Revocations(POLICY);
    const text = this.#read(LISTS);
    if (text === undefined) return revocations;
    try {
      for (const list of checkRevocationLists(text, { principal, trustBundlePem }, new Date())) revocations.put(list);
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
    }
    return revocations;
  }

  #read(name: string): string | undefined {
    return ifThere(() => readFileSync(join(this.#folder, name), "utf8"));
  }

  #fileState(name: string): string {
    return ifThere(() => statSync(join(this.#folder, name)))?.mtimeMs.toString() ?? "none";
  }
}

/** Looks at a file; undefined while a check has taken it away. */
function ifThere<Found>(look: () => Found): Found | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
