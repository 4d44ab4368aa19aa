import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeName } from "../place.ts";

interface Certificates {
  readonly authority: string;
  /** Certificate and key of a node in one file. */
  own(node: NodeName): string;
}

/** A CA on P-256, and a certificate for each node with its name as the DNS name, for both roles of TLS. */
export function makeCertificates(folder: string, nodes: readonly NodeName[]): Certificates {
  const [authority, authorityKey] = [join(folder, "ca.crt"), join(folder, "ca.key")];
  const own = (node: NodeName): string => join(folder, `${node}.pem`);
  request(["-subj", "/CN=bench", "-keyout", authorityKey, "-out", authority]);
  for (const node of nodes) {
    const extensions = [
      `subjectAltName=DNS:${node}`,
      "basicConstraints=critical,CA:FALSE",
      "keyUsage=digitalSignature",
      "extendedKeyUsage=serverAuth,clientAuth",
    ].flatMap((extension) => ["-addext", extension]);
    const [certificate, key] = [join(folder, `${node}.crt`), join(folder, `${node}.key`)];
    const signer = ["-CA", authority, "-CAkey", authorityKey];
    request(["-subj", `/CN=${node}`, ...signer, ...extensions, "-keyout", key, "-out", certificate]);
    const parts = [certificate, key].map((file) => readFileSync(file, "utf8"));
    writeFileSync(own(node), parts.join(""), { mode: 0o600 });
  }
  return { authority, own };
}

function request(argv: readonly string[]): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...key, ...argv], { stdio: "pipe" });
}
