/** Certificates for TLS outside the mesh, as an operator makes them with openssl. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

export class TlsCertificates {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The path of a file that was made here. */
  file(name: string): string {
    return join(this.#folder, name);
  }

  /** Makes a CA: `<name>.pem` and `<name>-key.pem`. */
  makeCa(name: string): void {
    this.#request(name, "-x509");
  }

  /** Makes a certificate of loopback, or of another subject, by this CA, valid for so many days; files are named as by `makeCa`. */
  issue(name: string, ca: string, days = 1, subject = "IP:127.0.0.1"): void {
    const of = ["-CA", this.file(`${ca}.pem`), "-CAkey", this.file(`${ca}-key.pem`)];
    const leaf = ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", `subjectAltName=${subject}`];
    this.#request(name, "-x509", ...of, ...leaf, "-days", String(days));
  }

  #request(name: string, ...more: readonly string[]): void {
    const files = ["-keyout", this.file(`${name}-key.pem`), "-out", this.file(`${name}.pem`)];
    const argv = ["req", "-newkey", "ed25519", "-nodes", "-subj", `/CN=${name}`, ...more, ...files];
    execFileSync("openssl", argv, { stdio: "pipe" });
  }
}
