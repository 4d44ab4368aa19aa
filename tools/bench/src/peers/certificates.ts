import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { NodeName } from "../place.ts";

/**
 * Makes a CA on P-256, `ca.crt`, and for each node a file with its certificate and key, such as `a.pem`. A certificate has the node's name
 * as DNS name, and is for both roles of TLS.
 */
export function makeCertificates(folder: string, nodes: readonly NodeName[]): void {
  const [authority, key] = [join(folder, "ca.crt"), join(folder, "ca.key")];
  request(["-subj", "/CN=bench", "-keyout", key, "-out", authority]);
  for (const node of nodes) {
    const extensions = [
      `subjectAltName=DNS:${node}`,
      "basicConstraints=critical,CA:FALSE",
      "keyUsage=digitalSignature",
      "extendedKeyUsage=serverAuth,clientAuth",
    ].flatMap((extension) => ["-addext", extension]);
    const file = join(folder, `${node}.pem`);
    // If the key and the certificate go to one file, openssl appends the certificate.
    const made = ["-CA", authority, "-CAkey", key, "-keyout", file, "-out", file];
    request(["-subj", `/CN=${node}`, ...extensions, ...made]);
  }
}

function request(argv: readonly string[]): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...key, ...argv], { stdio: "pipe" });
}
