/** Records of the cluster `demo` for tests, signed by keys that each run makes anew. */
import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import {
  type Envelope,
  keyIdOf,
  type KeyList,
  recordIdOf,
  signPayload,
  type Signer,
  writePayload,
} from "@florenetes/facts";

export const DAY = 86_400_000;

export interface TestKey extends Signer {
  readonly name: string;
  readonly key: string;
}

/** Any members of a payload or of a body. */
type Members = Readonly<Record<string, unknown>>;

export function newKey(name: string): TestKey {
  const { privateKey } = generateKeyPairSync("ed25519");
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  const key = Buffer.from(x!, "base64url").toString("hex");
  return { name, key, keyId: keyIdOf(key), sign: (octets) => sign(null, octets, privateKey) };
}

/** The authority of a cluster: three keys for the root, for control, for update and for storage, of each of which two have to sign. */
export class DemoCluster {
  readonly #rootKeys = ["r1", "r2", "r3"].map(newKey);
  readonly #controlKeys = ["k1", "k2", "k3"].map(newKey);
  readonly #recoveryKeys = ["v1", "v2", "v3"].map(newKey);
  readonly #updateKeys = ["u1", "u2", "u3"].map(newKey);
  readonly #storageKeys = ["s1", "s2", "s3"].map(newKey);
  readonly #body: Members;
  readonly #bornAt: number;
  readonly root: Buffer;

  /** @param bornAt Milliseconds since 1970 */
  constructor(bornAt: number, mode: "production" | "development" = "production") {
    this.#bornAt = bornAt;
    const list = (keys: readonly TestKey[]): KeyList => ({
      threshold: 2,
      keys: keys.map(({ key, name }) => ({ key, name })),
    });
    const body = (this.#body = {
      mode,
      authorities: {
        root: list(this.#rootKeys),
        control: list(this.#controlKeys),
        update: list(this.#updateKeys),
        storage: list(this.#storageKeys),
      },
      recovery: list(this.#recoveryKeys),
      grace: 0,
      "x509-roots": [],
    });
    const of = { kind: "root", subject: "root", authority: "root", expires: bornAt + 300 * DAY };
    this.root = this.#record({ ...of, body }, this.#rootKeys.slice(0, 2));
  }

  /** The second version of the root, which changes nothing but its `grace`: by the recovery keys and its own, or by the root's. */
  nextRoot(by: "recovery" | "root", grace = 0): Buffer {
    const of = { kind: "root", subject: "root", authority: "root", epoch: 2, expires: this.#bornAt + 300 * DAY };
    // Its own root quorum has a key that the root's has not, so that both have to sign.
    const key = newKey("r4");
    const own = [this.#rootKeys[0]!, key];
    const list = { threshold: 2, keys: own.map(({ key, name }) => ({ key, name })) };
    const authorities = { ...(this.#body["authorities"] as Members), root: list };
    const others = by === "root" ? this.#rootKeys.slice(1, 2) : this.#recoveryKeys.slice(0, 2);
    return this.#record({ ...of, body: { ...this.#body, authorities, grace } }, [...own, ...others]);
  }

  get fingerprint(): string {
    return recordIdOf(payloadOf(this.root));
  }

  /** A record of the control quorum: two of its three keys, unless `signers` says how many, from `first` on. */
  control(members: Members, signers = 2, first = 0): Buffer {
    return this.#record(members, this.#controlKeys.slice(first, first + signers));
  }

  node(key: TestKey, members: Members = {}, body: Members = {}): Buffer {
    const about = { key: key.key, organization: "acme", partition: "north", "trust-tier": 1, ...body };
    return this.control({ kind: "node", subject: key.name, body: about, ...members });
  }

  /** @param limits How much of each name an organization may have */
  budget(organization: string, limits: Readonly<Record<string, number>>, members: Members = {}): Buffer {
    const body = { limits: Object.entries(limits).map(([of, most]) => ({ of, most })) };
    return this.control({ kind: "budget", subject: organization, body, ...members });
  }

  /** An order for a node, for a day. */
  order(node: string, action: string, members: Members = {}): Buffer {
    const expires = this.#bornAt + DAY;
    return this.control({ kind: "order", subject: node, body: { action }, expires, ...members });
  }

  /** A release of the channel `stable`, signed by the update quorum. */
  release(body: object, members: Members = {}): Buffer {
    const slot = { kind: "release", subject: "stable", authority: "update" };
    return this.#record({ ...slot, body, ...members }, this.#updateKeys.slice(0, 2));
  }

  /** A collection of two copies at some holders, each in a domain of its own, signed by the storage quorum. */
  collection(name: string, holders: readonly string[], members: Members = {}, body: Members = {}): Buffer {
    const about = {
      copies: 2,
      holders: holders.map((node) => ({ node, domain: `at-${node}` })),
      readers: [],
      writers: ["user/alice"],
      retention: 86_400,
      unretained: [],
      "recovery-epoch": 1,
      budget: 1_048_576,
      recipients: [],
      ...body,
    };
    const slot = { kind: "collection", subject: name, authority: "storage" };
    return this.#record({ ...slot, body: about, ...members }, this.#storageKeys.slice(0, 2));
  }

  service(name: string, hosts: readonly string[], members: Members = {}, body: Members = {}, signers = 2): Buffer {
    const list = hosts.map((node) => ({ node, priority: 1, weight: 1 }));
    const about = { aliases: [], mode: "active-active", classes: ["reliable"], hosts: list, ...body };
    return this.control({ kind: "service", subject: name, body: about, ...members }, signers);
  }

  #record(members: Members, signers: readonly TestKey[]): Buffer {
    const octets = writePayload({
      cluster: "demo",
      kind: "policy",
      scope: "cluster",
      subject: "cluster",
      epoch: 1,
      generation: 1,
      issued: this.#bornAt,
      expires: this.#bornAt + 30 * DAY,
      authority: "control",
      body: {},
      ...members,
    });
    return signPayload(octets, signers);
  }
}

function payloadOf(octets: Buffer): Envelope["payload"] {
  return octets.subarray(5, 5 + octets.readUInt32BE(1));
}
