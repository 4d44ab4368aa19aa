/** The authority of a simulated fabric: signs records, and remembers who has signed which, so that checks need no judge. */
import { createHash, createPrivateKey, createPublicKey, sign } from "node:crypto";
import type { TestKey } from "@florenetes/fabric-flor/test/demo-records.ts";
import {
  type Envelope,
  keyIdOf,
  type KeyList,
  type Kind,
  KINDS,
  readEnvelope,
  recordIdOf,
  signPayload,
  slotOf,
  writePayload,
} from "@florenetes/facts";

/** PKCS #8 around an Ed25519 seed (RFC 8410, 7). */
const PKCS8_BEGINNING = Buffer.from("302e020100300506032b657004220420", "hex");
const DAY = 86_400_000;
const THRESHOLD = 2;
const ROOT_KEYS = ["x1", "x2"];
/** Each root takes the oldest control key away, and adds one. */
const CONTROL_KEYS = 3;

type Members = Readonly<Record<string, unknown>>;

/** A record of control keys, forged ones included. */
interface Issued {
  readonly slot: string;
  readonly epoch: number;
  readonly isVoid: boolean;
  /** Names of the keys that have truly signed. */
  readonly signers: readonly string[];
}

/** A key that is the same each time for a name. */
export function seededKey(name: string): TestKey {
  const seed = createHash("sha256").update(`a simulated key: ${name}`).digest();
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_BEGINNING, seed]), format: "der", type: "pkcs8" });
  const key = Buffer.from(createPublicKey(privateKey).export({ format: "jwk" }).x!, "base64url").toString("hex");
  return { name, key, keyId: keyIdOf(key), sign: (octets) => sign(null, octets, privateKey) };
}

export class SimAuthority {
  /** All records by their ids, forged ones included. */
  readonly issued = new Map<string, Issued>();
  /** Octets of true records of the cluster's scope, the oldest first: a hostile node has them from somewhere. */
  readonly archive: Uint8Array[] = [];
  /** All root descriptors, the first one first. */
  readonly roots: Buffer[] = [];
  readonly fingerprint: string;
  version = 1;
  readonly #keys = new Map<string, TestKey>();
  readonly #epochs = new Map<string, number>();

  constructor(bornAt: number) {
    this.fingerprint = idOf(this.#addRoot(1, bornAt));
  }

  get root(): Buffer {
    return this.roots[0]!;
  }

  /** The next root: all records that the oldest control key was needed for fall. */
  rotate(now: number): Buffer {
    return this.#addRoot(++this.version, now);
  }

  /** Whether a quorum of a root's control keys has signed. */
  hasQuorum({ signers }: Issued, version: number): boolean {
    return signers.filter((name) => controlKeys(version).includes(name)).length >= THRESHOLD;
  }

  node(name: string, now: number): Buffer {
    const body = { key: this.#key(name).key, organization: "acme", partition: "north", "trust-tier": 1 };
    return this.#lasting({ kind: "node", subject: name, body }, now);
  }

  relay(name: string, now: number): Buffer {
    return this.#role(`${name}/relay/north`, "cluster", now);
  }

  controlNode(name: string, now: number): Buffer {
    return this.#role(`${name}/control-plane/north`, "cluster", now);
  }

  /** A role that no neighbour is told of: a paper. */
  paper(name: string, now: number): Buffer {
    return this.#role(`${name}/update-cache/north`, "cluster", now);
  }

  member(name: string, scope: string, now: number): Buffer {
    return this.#role(`${name}/update-cache/north`, scope, now);
  }

  /** A record of the control keys, with the next epoch of its slot: its keys count by the next root, too. */
  record(members: Members, now: number): Buffer {
    return this.#lasting(members, now);
  }

  /** Takes the slot of a record back, for good. */
  voidRecord(kind: Kind, subject: string, now: number): Buffer {
    const { life } = KINDS[kind];
    return this.#lasting({ kind, subject, void: true, body: {}, expires: now + life }, now);
  }

  /** The next record of a service, by keys of today; `at`: which of the keys are left out. */
  service(name: string, scope: string, hosts: readonly string[], now: number, leftOut: number): Buffer {
    const list = hosts.map((node) => ({ node, priority: 1, weight: 1 }));
    const body = { aliases: [], mode: "active-active", classes: ["reliable"], hosts: list };
    return this.#control({ kind: "service", subject: name, scope, body }, now, leftOut);
  }

  /** Takes a service back by keys of which one goes with the next root; `isLasting`: by keys that count by the next root, too. */
  void(name: string, now: number, isLasting: boolean): Buffer {
    const expires = now + 30 * DAY;
    return this.#control(
      { kind: "service", subject: name, void: true, body: {}, expires },
      now,
      isLasting ? 0 : CONTROL_KEYS - 1,
    );
  }

  /** A service's record of a far later epoch, which one control key of today and a stranger have signed. */
  forged(name: string, now: number): Buffer {
    const epoch = 1_000_000 + (this.#epochs.get(`service cluster ${name}`) ?? 0);
    const body = { aliases: [], mode: "active-active", classes: ["reliable"], hosts: [] };
    const members = { kind: "service", subject: name, epoch, body };
    return this.#record(members, [controlKeys(this.version)[0]!, "stranger"], now);
  }

  /** Records that count by the next root, too: the key that goes first has not signed. */
  #lasting(members: Members, now: number): Buffer {
    return this.#control(members, now, 0);
  }

  #role(subject: string, scope: string, now: number): Buffer {
    const body = { actions: ["serve"], services: [], depth: 0 };
    return this.#lasting({ kind: "role", subject, scope, body }, now);
  }

  #control(members: Members, now: number, leftOut: number): Buffer {
    const slot = slotOf({ scope: "cluster", ...(members as { kind: string; subject: string }) });
    const epoch = (this.#epochs.get(slot) ?? 0) + 1;
    this.#epochs.set(slot, epoch);
    const signers = controlKeys(this.version).filter((_, at) => at !== leftOut);
    const octets = this.#record({ ...members, epoch }, signers, now);
    if ((members["scope"] ?? "cluster") === "cluster") this.archive.push(octets);
    return octets;
  }

  #addRoot(version: number, now: number): Buffer {
    const list = (names: readonly string[]): KeyList => ({
      threshold: THRESHOLD,
      keys: names.map((name) => ({ key: this.#key(name).key, name })),
    });
    const authorities = { root: list(ROOT_KEYS), control: list(controlKeys(version)) };
    const body = { mode: "production", authorities, recovery: "none", grace: 0, "x509-roots": [] };
    const of = { kind: "root", subject: "root", authority: "root", epoch: version, expires: now + 300 * DAY };
    const octets = this.#record({ ...of, body }, ROOT_KEYS, now);
    this.roots.push(octets);
    this.archive.push(octets);
    return octets;
  }

  #record(members: Members, signers: readonly string[], now: number): Buffer {
    const payload = {
      cluster: "demo",
      kind: "service",
      scope: "cluster",
      subject: "cluster",
      epoch: 1,
      generation: 1,
      issued: now,
      expires: now + 29 * DAY,
      authority: "control",
      body: {},
      ...members,
    };
    const octets = signPayload(
      writePayload(payload),
      signers.map((name) => this.#key(name)),
    );
    const { epoch, kind, scope, subject } = payload;
    const isVoid = members["void"] === true;
    this.issued.set(idOf(octets), { slot: slotOf({ kind, scope, subject }), epoch, isVoid, signers });
    return octets;
  }

  #key(name: string): TestKey {
    const key = this.#keys.get(name) ?? seededKey(name);
    this.#keys.set(name, key);
    return key;
  }
}

export function idOf(octets: Uint8Array): string {
  return recordIdOf((readEnvelope(octets) as Envelope).payload);
}

function controlKeys(version: number): string[] {
  return Array.from({ length: CONTROL_KEYS }, (_, at) => `k${version + at}`);
}
