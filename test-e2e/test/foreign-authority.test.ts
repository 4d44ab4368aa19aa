/*
 *   a ───── b        a's vertex and alice are certified by openssl: root ── middle ── leaf. b's vertex and the service are
 *                    certified by the lab's own CA. All trust both roots, and get middle only from peers that show it.
 */
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { IDENTITY_FILES } from "@florenetes/identity";
import { type Lab, openLab } from "@florenetes/meshlab";
import { describe, expect, test } from "vitest";
import { fileDigest } from "../src/file-contents.ts";
import { PATIENCE } from "../src/patience.ts";
import { certificatesInUse } from "../src/renewal.ts";
import { isRoot } from "../src/root.ts";
import { MEGABYTE, curl, downloadDigest, startFileServer } from "../src/services.ts";

const SIZE = MEGABYTE;

describe.skipIf(!isRoot)(
  "a mesh in which half of the certificates are of openssl's making, under an intermediate CA",
  () => {
    test("is a mesh like any other, until that CA is revoked", async () => {
      await using lab = await openLab(
        {
          cluster: "mixed",
          nodes: { a: {}, b: {} },
          links: [{ between: ["a", "b"] }],
          services: { files: { node: "b", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] } },
          tunnels: [
            { node: "a", listen: "tcp://127.0.0.1:18001", as: "user/alice", service: "files", path: ["a", "b"] },
          ],
        },
        { mode: "netns" },
      );
      const authority = new ForeignAuthority(lab);
      authority.certify("a", "vertex", "vertex/a", ["-algorithm", "ED25519"]);
      authority.certify("a", "user/alice", "user/alice", ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
      for (const identity of ["vertex", "service/files"]) authority.makeTrusted("b", identity);
      await lab.up();
      await startFileServer(lab, "b", 8080);

      expect(await curl(lab, "a", "http://127.0.0.1:18001/who")).toBe("b");
      expect(await downloadDigest(lab, "a", 18001, SIZE)).toBe(fileDigest(SIZE));
      const principals = (await certificatesInUse(lab)).map(({ principal }) => principal);
      expect(principals).toEqual(expect.arrayContaining(["service/files", "user/alice", "vertex/a", "vertex/b"]));

      // The root revokes middle, and b gets the list: all certificates that middle has issued are refused.
      const linkTo = async (node: string, peer: string) =>
        (await lab.status(node)).clusterFlor!.links.find((link) => link.peer === peer);
      authority.revokeMiddle("b", "vertex");
      await expect.poll(() => linkTo("a", "b"), PATIENCE).toMatchObject({ state: "refused", code: "REVOKED" });
      await expect.poll(() => linkTo("b", "a"), PATIENCE).toMatchObject({ state: "down", code: "REVOKED" });
    });
  },
);

/** A root and an intermediate CA that the openssl command has made. */
class ForeignAuthority {
  readonly #lab: Lab;
  readonly #folder: string;

  constructor(lab: Lab) {
    this.#lab = lab;
    this.#folder = `${lab.folder}/openssl`;
    mkdirSync(this.#folder);
    const ca = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";
    this.#make("root", undefined, ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"], ca);
    this.#make("middle", "root", ["-algorithm", "ED25519"], ca.replace("CA:TRUE", "CA:TRUE,pathlen:0"));
  }

  /** Replaces an identity of the lab, key and all. */
  certify(node: string, identity: string, principal: string, algorithm: readonly string[]): void {
    const name = principal.replace("/", "-");
    const leaf =
      "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n" +
      `subjectAltName=URI:spiffe://mixed/${principal}\n`;
    this.#make(name, "middle", algorithm, leaf);
    const folder = this.#lab.identityFolder(node, identity);
    renameSync(`${this.#folder}/${name}.key`, `${folder}/${IDENTITY_FILES.key}`);
    chmodSync(`${folder}/${IDENTITY_FILES.key}`, 0o600);
    writeFileSync(`${folder}/${IDENTITY_FILES.chain}`, this.#text(`${name}.pem`) + this.#text("middle.pem"));
    this.makeTrusted(node, identity);
  }

  /** Has an identity trust the root, beside the lab's own. */
  makeTrusted(node: string, identity: string): void {
    const trust = readFileSync(`${this.#lab.caFolder}/ca.pem`, "utf8") + this.#text("root.pem");
    writeFileSync(`${this.#lab.identityFolder(node, identity)}/${IDENTITY_FILES.trust}`, trust);
  }

  /** Puts the root's list, which names middle, into the folder of an identity. */
  revokeMiddle(node: string, identity: string): void {
    const files = "[d]\ndatabase=issued\ncrlnumber=number\ncertificate=root.pem\nprivate_key=root.key\n";
    writeFileSync(`${this.#folder}/ca.cnf`, `[ca]\ndefault_ca=d\n${files}default_md=sha256\ndefault_crl_days=5\n`);
    writeFileSync(`${this.#folder}/issued`, "");
    writeFileSync(`${this.#folder}/number`, "01\n");
    this.#openssl("ca", "-config", "ca.cnf", "-revoke", "middle.pem");
    this.#openssl("ca", "-config", "ca.cnf", "-gencrl", "-out", "crl.pem");
    renameSync(`${this.#folder}/crl.pem`, `${this.#lab.identityFolder(node, identity)}/crl.pem`);
  }

  /** Makes a key, a request, and the certificate that the issuer gives for it. */
  #make(name: string, issuer: string | undefined, algorithm: readonly string[], extensions: string): void {
    writeFileSync(`${this.#folder}/${name}.ext`, extensions);
    this.#openssl("genpkey", ...algorithm, "-out", `${name}.key`);
    this.#openssl("req", "-new", "-key", `${name}.key`, "-subj", `/CN=${name}`, "-out", `${name}.csr`);
    const signer =
      issuer === undefined ? ["-signkey", `${name}.key`] : ["-CA", `${issuer}.pem`, "-CAkey", `${issuer}.key`];
    const serial = ["-set_serial", `0x${name.length}${Date.now()}`];
    this.#openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      ...signer,
      ...serial,
      "-days",
      "5",
      "-extfile",
      `${name}.ext`,
      "-out",
      `${name}.pem`,
    );
  }

  #openssl(...args: readonly string[]): void {
    execFileSync("openssl", args, { cwd: this.#folder, stdio: "pipe" });
  }

  #text(file: string): string {
    return readFileSync(`${this.#folder}/${file}`, "utf8");
  }
}
