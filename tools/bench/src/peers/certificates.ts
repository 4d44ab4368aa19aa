import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { NodeName } from "../place.ts";

/**
 * A CA on P-256, `ca.crt`, and for each node its certificate and key in one file, such as `a.pem`, with the node's name as the DNS name and
 * for both roles of TLS.
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
    // To a file that the key is in already, openssl appends.
    const made = ["-CA", authority, "-CAkey", key, "-keyout", file, "-out", file];
    request(["-subj", `/CN=${node}`, ...extensions, ...made]);
  }
}

function request(argv: readonly string[]): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...key, ...argv], { stdio: "pipe" });
}
