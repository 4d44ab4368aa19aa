import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { NodeName } from "../place.ts";

/**
 * A CA on P-256, `ca.crt`, and for each node its certificate and key in one file, such as `a.pem`, with the node's name as the DNS name and
 * for both roles of TLS.
 */
export function makeCertificates(folder: string, nodes: readonly NodeName[]): void {
  const file = (name: string): string => join(folder, name);
  request(["-subj", "/CN=bench", "-keyout", file("ca.key"), "-out", file("ca.crt")]);
  for (const node of nodes) {
    const extensions = [
      `subjectAltName=DNS:${node}`,
      "basicConstraints=critical,CA:FALSE",
      "keyUsage=digitalSignature",
      "extendedKeyUsage=serverAuth,clientAuth",
    ].flatMap((extension) => ["-addext", extension]);
    const [certificate, key] = [file(`${node}.crt`), file(`${node}.key`)];
    const signer = ["-CA", file("ca.crt"), "-CAkey", file("ca.key")];
    request(["-subj", `/CN=${node}`, ...signer, ...extensions, "-keyout", key, "-out", certificate]);
    writeFileSync(file(`${node}.pem`), readFileSync(certificate, "utf8") + readFileSync(key, "utf8"), { mode: 0o600 });
  }
}

function request(argv: readonly string[]): void {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...key, ...argv], { stdio: "pipe" });
}
