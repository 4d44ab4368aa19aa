import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeName } from "../place.ts";

export interface Certificates {
  readonly authority: string;
  certificate(node: NodeName): string;
  key(node: NodeName): string;
  /** Certificate and key in one file. */
  both(node: NodeName): string;
}

/** A CA on P-256, and a certificate for each node with its name as the DNS name, for both roles of TLS. */
export function makeCertificates(folder: string, nodes: readonly NodeName[]): Certificates {
  const certificates: Certificates = {
    authority: join(folder, "ca.crt"),
    certificate: (node) => join(folder, `${node}.crt`),
    key: (node) => join(folder, `${node}.key`),
    both: (node) => join(folder, `${node}.pem`),
  };
  const authorityKey = join(folder, "ca.key");
  request(["-subj", "/CN=bench", "-keyout", authorityKey, "-out", certificates.authority]);
  for (const node of nodes) {
    const extensions = [
      `subjectAltName=DNS:${node}`,
      "basicConstraints=critical,CA:FALSE",
      "keyUsage=digitalSignature",
      "extendedKeyUsage=serverAuth,clientAuth",
    ].flatMap((extension) => ["-addext", extension]);
    const signer = ["-CA", certificates.authority, "-CAkey", authorityKey];
    const files = ["-keyout", certificates.key(node), "-out", certificates.certificate(node)];
    request(["-subj", `/CN=${node}`, ...signer, ...extensions, ...files]);
    const parts = [certificates.certificate(node), certificates.key(node)].map((file) => readFileSync(file, "utf8"));
    writeFileSync(certificates.both(node), parts.join(""), { mode: 0o600 });
  }
  return certificates;
}

function request(argv: readonly string[]): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...key, ...argv], { stdio: "pipe" });
}
