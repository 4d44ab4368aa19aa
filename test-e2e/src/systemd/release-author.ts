import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ReleasedPackage, readFact, writeRecordText } from "@florenetes/facts";
import {
  addSignatures,
  makeSigningKey,
  proposeRecord,
  proposeRoot,
  type SigningKey,
} from "@florenetes/facts/authoring";

const DAY_MS = 86_400_000;
const EXPIRES = new Date(Date.now() + 30 * DAY_MS).toISOString().replace(/\.\d+Z$/, "Z");
const DEB = /^(?<name>[a-z-]+)_(?<version>[^_]+)_(?<arch>[a-z0-9]+)\.deb$/;

/** A key of the repository, with its id as TUF makes it. */
interface RepositoryKey {
  readonly id: string;
  readonly listed: object;
  readonly privateKey: KeyObject;
}

/**
 * The people who release packages, and a spool as the agent of a node makes it of what they have signed. The repository is written by hand, as its specification says, and
 * not by the library that reads it.
 */
export class ReleaseAuthor {
  readonly #cluster: string;
  readonly #root: readonly SigningKey[] = ["root-a", "root-b"].map(makeSigningKey);
  readonly #update: readonly SigningKey[] = ["update-a", "update-b"].map(makeSigningKey);
  readonly #control: readonly SigningKey[] = ["control-a", "control-b"].map(makeSigningKey);
  readonly #targets = [repositoryKey(), repositoryKey()];
  readonly #online = repositoryKey();
  readonly #descriptor: Buffer;

  constructor(cluster: string) {
    this.#cluster = cluster;
    const authorities = {
      root: { keys: this.#root },
      control: { keys: this.#control },
      update: { keys: this.#update },
    };
    this.#descriptor = addSignatures(proposeRoot({ cluster, authorities, now: Date.now() }), this.#root);
  }

  /** The fingerprint of the root descriptor, as configs have it. */
  get fingerprint(): string {
    const fact = readFact(this.#descriptor, this.#cluster);
    if (typeof fact === "string") throw new Error(fact);
    return `sha256:${fact.id}`;
  }

  /** The first root of the repository. */
  get repositoryRoot(): string {
    const role = (keys: readonly RepositoryKey[]): object => ({
      keyids: keys.map(({ id }) => id),
      threshold: keys.length,
    });
    return signed(
      {
        ...beginning("root"),
        consistent_snapshot: true,
        keys: Object.fromEntries([...this.#targets, this.#online].map(({ id, listed }) => [id, listed])),
        roles: {
          root: role(this.#targets),
          targets: role(this.#targets),
          snapshot: role([this.#online]),
          timestamp: role([this.#online]),
        },
      },
      this.#targets,
    );
  }

  /**
   * Makes a spool for the packages of a folder, with those of another one for the way back. The order lies beside it as `order.ready.json`; beside the record, as
   * `forged.fact`, lies one that too few have signed.
   *
   * @returns the version of the release
   */
  spool(to: string, packages: string, former: string): string {
    const released = packagesIn(packages);
    const files = new Map(
      [...packagesIn(former), ...released].map((each) => [`${each.name}_${each.version}_${each.arch}.deb`, each]),
    );
    mkdirSync(join(to, "packages"), { recursive: true });
    for (const [name, { sha256, from }] of files) copyFileSync(from, join(to, "packages", `${sha256}.${name}`));
    this.#putMetadata(join(to, "metadata"), files);
    const version = released.find(({ name }) => name === "florenetes-node")!.version;
    const lowest = packagesIn(former).find(({ name }) => name === "florenetes-node")!.version;
    const now = Date.now();
    const record = proposeRecord({
      cluster: this.#cluster,
      kind: "release",
      subject: "stable",
      now,
      body: {
        version,
        packages: released.map(({ from: _from, ...each }) => each),
        stage: 10_000,
        contracts: [],
        rollback: { lowest, until: now + 30 * DAY_MS },
        leaves: [],
      },
    });
    const fact = addSignatures(record, this.#update);
    writeFileSync(join(to, "release.fact"), writeRecordText(fact));
    writeFileSync(join(to, "forged.fact"), writeRecordText(addSignatures(record, this.#update.slice(1))));
    writeFileSync(join(to, "roots.fact"), writeRecordText(this.#descriptor));
    const read = readFact(fact, this.#cluster);
    if (typeof read === "string") throw new Error(read);
    writeFileSync(join(to, "order.ready.json"), JSON.stringify({ version: 1, record: read.id }));
    return version;
  }

  /** Puts orders of people for a node beside a spool: `people.back.fact`, `people.restart.fact`, and each with its mark. */
  orders(to: string, node: string): void {
    writeFileSync(join(to, "people-roots.fact"), writeRecordText(this.#descriptor));
    for (const [at, action] of (["restart", "back"] as const).entries()) {
      const proposal = {
        cluster: this.#cluster,
        kind: "order",
        subject: node,
        now: Date.now(),
        epoch: at + 1,
      } as const;
      const fact = addSignatures(proposeRecord({ ...proposal, body: { action } }), this.#control);
      const read = readFact(fact, this.#cluster);
      if (typeof read === "string") throw new Error(read);
      writeFileSync(join(to, `people.${action}.fact`), writeRecordText(fact));
      writeFileSync(join(to, `people.${action}.json`), JSON.stringify({ version: 1, record: read.id }));
    }
  }

  #putMetadata(folder: string, files: ReadonlyMap<string, ReleasedPackage>): void {
    mkdirSync(folder);
    const targets = [...files].map(([name, { length, sha256 }]) => [name, { length, hashes: { sha256 } }] as const);
    const put = (name: string, text: string): void => writeFileSync(join(folder, name), text);
    put("1.root.json", this.repositoryRoot);
    put("1.targets.json", signed({ ...beginning("targets"), targets: Object.fromEntries(targets) }, this.#targets));
    put(
      "1.snapshot.json",
      signed({ ...beginning("snapshot"), meta: { "targets.json": { version: 1 } } }, [this.#online]),
    );
    put(
      "timestamp.json",
      signed({ ...beginning("timestamp"), meta: { "snapshot.json": { version: 1 } } }, [this.#online]),
    );
  }
}

function packagesIn(folder: string): (ReleasedPackage & { readonly from: string })[] {
  return readdirSync(folder).flatMap((file) => {
    const { name, version, arch } = DEB.exec(file)?.groups ?? {};
    if (name === undefined || version === undefined || arch === undefined) return [];
    const from = join(folder, file);
    const octets = readFileSync(from);
    return [
      { name, version, arch, length: octets.length, sha256: createHash("sha256").update(octets).digest("hex"), from },
    ];
  });
}

function repositoryKey(): RepositoryKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const octets = Buffer.from(publicKey.export({ format: "jwk" }).x!, "base64url").toString("hex");
  const listed = { keytype: "ed25519", scheme: "ed25519", keyval: { public: octets } };
  return { id: createHash("sha256").update(canonical(listed)).digest("hex"), listed, privateKey };
}

function beginning(type: string): object {
  return { _type: type, spec_version: "1.0.31", version: 1, expires: EXPIRES };
}

function signed(content: object, keys: readonly RepositoryKey[]): string {
  const octets = Buffer.from(canonical(content));
  const signatures = keys.map(({ id, privateKey }) => ({
    keyid: id,
    sig: sign(null, octets, privateKey).toString("hex"),
  }));
  return JSON.stringify({ signatures, signed: content });
}

/** Canonical JSON, for values without anything that it writes in another way than JSON does. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(",")}}`;
}
