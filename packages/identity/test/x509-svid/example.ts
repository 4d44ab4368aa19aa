/** An example of a rule: certificates, and how verification judges them. */
import type { IdentityErrorCode } from "../../src/errors.ts";
import type { PrincipalKind } from "../../src/principal.ts";
import { ca, leaf, type Made, type Wish } from "../certificates.ts";

/** The cluster of the examples: a verifier expects a certificate of any of its principals. */
export const cluster = "demo";
export const kinds: readonly PrincipalKind[] = ["user", "service", "vertex"];

export const uri = "spiffe://demo/vertex/a";

export interface Example {
  /** The document and its section. */
  readonly rule: string;
  readonly what: string;
  readonly verdict: "accepted" | IdentityErrorCode;
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[];
  /** DER of the trust bundle. */
  readonly roots: readonly Uint8Array[];
  /** The cluster of the verifier, if it is another than `cluster`. */
  readonly cluster?: string;
}

/** The root of examples that need no other root. */
export const root: Made = ca(cluster);
export const edRoot: Made = ca(cluster, { algorithm: "ed25519" });

/** Examples of one rule, each described in one line. */
export class Rule {
  readonly examples: Example[] = [];
  readonly #rule: string;

  constructor(rule: string) {
    this.#rule = rule;
  }

  /** Adds a chain, leaf first, that leads to a root, which is `root` unless another one is given. */
  add(
    what: string,
    verdict: Example["verdict"],
    chain: readonly (Made | Uint8Array)[],
    roots: readonly Made[] = [root],
  ): this {
    this.examples.push({ rule: this.#rule, what, verdict, chain: chain.map(derOf), roots: roots.map(derOf) });
    return this;
  }

  /** Adds a leaf of `root` that is right but for the wish. */
  leaf(what: string, verdict: Example["verdict"], wish: Wish): this {
    return this.add(what, verdict, [leaf(root, uri, wish)]);
  }

  /** Adds a leaf with another URI, under a root that names no cluster. */
  uri(what: string, verdict: Example["verdict"], uri: string, ofCluster: string = cluster): this {
    const example = { rule: this.#rule, what, verdict, chain: [leaf(nameless, uri).der], roots: [nameless.der] };
    this.examples.push(ofCluster === cluster ? example : { ...example, cluster: ofCluster });
    return this;
  }

  /** Adds a right leaf under a root that is right but for the wish. */
  under(what: string, verdict: Example["verdict"], wish: Wish, name: string = cluster): this {
    const odd = ca(name, wish);
    return this.add(what, verdict, [leaf(odd, uri)], [odd]);
  }
}

function derOf(made: Made | Uint8Array): Uint8Array {
  return made instanceof Uint8Array ? made : made.der;
}

/** A root without a URI: it vouches for any cluster whose trust bundle it is in. */
const nameless: Made = ca("any", { extensions: { "2.5.29.17": null } });
