/** A cluster `demo` with a root, nodes and roles, all of them signed: what origins and relays judge. */
import { generateKeyPairSync, sign } from "node:crypto";
import {
  Authority,
  type Fact,
  type HeldFacts,
  type JudgeOptions,
  keyIdOf,
  readFact,
  type Signer,
  signPayload,
  slotOf,
  writePayload,
} from "@florenetes/facts";
import { NOW } from "./world.ts";

const DAY = 86_400_000;
const MINUTE = 60_000;

interface Key extends Signer {
  /** The raw public key in hex. */
  readonly key: string;
}

export interface Members {
  readonly kind: string;
  readonly scope?: string;
  readonly subject: string;
  readonly authority?: string;
  readonly issuer?: string;
  readonly epoch?: number;
  readonly issued?: number;
  readonly expires?: number;
  readonly void?: true;
  readonly body?: object;
}

/** Keys of nodes, which are the same for all clusters of a process. */
const keys = new Map<string, Key>();

function keyOf(name: string): Key {
  const known = keys.get(name);
  if (known !== undefined) return known;
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const key = Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url").toString("hex");
  const made = { key, keyId: keyIdOf(key), sign: (octets: Uint8Array) => sign(null, octets, privateKey) };
  keys.set(name, made);
  return made;
}

export class TestCluster implements HeldFacts {
  readonly authority: Authority;
  readonly #slots = new Map<string, Fact[]>();

  constructor() {
    const list = (name: string): object => ({ threshold: 1, keys: [{ key: keyOf(name).key, name }] });
    const body = {
      mode: "development",
      authorities: { root: list("root"), control: list("control") },
      recovery: "none",
      grace: 0,
      "x509-roots": [],
    };
    const root = { kind: "root", subject: "root", authority: "root", expires: NOW + 300 * DAY, body };
    this.authority = Authority.of(factOf(this.record(root, "root")));
  }

  in(slot: string): readonly Fact[] {
    return this.#slots.get(slot) ?? [];
  }

  /** A record is judged by these. */
  grounds(now: number = NOW): JudgeOptions {
    return { authority: this.authority, held: this, now, development: true };
  }

  /** The octets of a record, signed by whom it names, or by the control key. */
  record(members: Members, signer = members.issuer ?? "control"): Uint8Array {
    const { scope = "cluster", authority = "control", epoch = 1, issued = NOW - MINUTE } = members;
    const { expires = NOW + DAY, body = {}, ...rest } = members;
    const payload = writePayload({
      cluster: "demo",
      generation: 1,
      ...rest,
      scope,
      authority,
      epoch,
      issued,
      expires,
      body: body as never,
    });
    return signPayload(payload, [keyOf(signer)]);
  }

  hold(octets: Uint8Array): void {
    const fact = factOf(octets);
    this.#slots.set(slotOf(fact), [...this.in(slotOf(fact)), fact]);
  }

  node(name: string, body: object = {}): void {
    const about = { key: keyOf(name).key, organization: "acme", partition: "north", "trust-tier": 3, ...body };
    this.hold(this.record({ kind: "node", subject: name, body: about }));
  }

  role(name: string, role: string, partition = "north", scope = "cluster"): void {
    const body = { actions: [], services: [], depth: 0 };
    this.hold(this.record({ kind: "role", scope, subject: `${name}/${role}/${partition}`, body }));
  }

  /** Takes the record of a slot back. */
  void(kind: string, subject: string, now: number = NOW, epoch = 2): void {
    const expires = now + (kind === "node" ? 400 : 30) * DAY;
    this.hold(this.record({ kind, subject, epoch, issued: now, expires, void: true }));
  }

  lease(subject: string, body: object, members: Partial<Members> = {}, signer?: string): Uint8Array {
    const issuer = subject.split("/").at(-1)!;
    const life = { issued: NOW, expires: NOW + 10 * MINUTE };
    return this.record({ kind: "lease", subject, authority: "route", issuer, ...life, body, ...members }, signer);
  }

  permits(subject: string, sets: readonly object[], members: Partial<Members> = {}): Uint8Array {
    const issuer = subject.split("/").at(-1)!;
    const life = { issued: NOW, expires: NOW + 10 * MINUTE };
    return this.record({ kind: "permits", subject, authority: "route", issuer, ...life, body: { sets }, ...members });
  }
}

function factOf(octets: Uint8Array): Fact {
  const fact = readFact(octets, "demo");
  if (typeof fact === "string") throw new Error(fact);
  return fact;
}
