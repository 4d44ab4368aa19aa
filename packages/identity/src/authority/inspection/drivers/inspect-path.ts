/** Inspects an identity folder, a CA folder or a PEM file: gathers its content and its problems. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { readAuthority } from "../../ca/authority.ts";
import { checkCredentials, type Credentials, IDENTITY_FILES, inFile } from "../../../credentials.ts";
import { readPrivateKey } from "../../../private-key.ts";
import { IdentityError } from "../../../errors.ts";
import { LIST_FILE_SIZE_MAX } from "../../../limits.ts";
import { REVOCATION_FILE } from "../../../revocation/drivers/crl-file.ts";
import { type RevocationListFacts, revocationListFacts } from "../../../revocation/list-facts.ts";
import { checkRevocationLists } from "../../../revocation/list-file.ts";
import { Revocations } from "../../../revocation/revocations.ts";
import { type CertificateFacts, certificateFacts } from "../../../certificates/inspection.ts";
import { readCertificatePem } from "../../../certificates/pem.ts";
import { formatPrincipal } from "../../../principal.ts";
import { CA_FILES, isCaSealed, readCaRecord } from "../../ca/drivers/ca-folder.ts";
import { readPending } from "../../enrollment/drivers/request-folder.ts";
import { type CertificateRequest, readRequest } from "../../enrollment/request.ts";
import { readKeyFile, readTextFile, requireGuardedFolder } from "../../../drivers/files.ts";
import { currentFile } from "../../../drivers/identity-files.ts";

export interface InspectedFile {
  readonly file: string;
  readonly certificates: readonly CertificateFacts[];
  readonly lists: readonly RevocationListFacts[];
}

export interface Inspection {
  readonly kind: "identity" | "ca" | "certificates" | "lists" | "key" | "request";
  /** The SPIFFE ID of the principal or of the cluster; undefined when none can be told. */
  readonly uri: string | undefined;
  readonly files: readonly InspectedFile[];
  /** The pending request of an identity folder, or the request in the file. */
  readonly request?: CertificateRequest;
  /** All problems, each with its file. Empty when the path can be used. */
  readonly problems: readonly IdentityError[];
}

/** Gathers the problems of files, and does not throw them. Throws ERR_IDENTITY_FILE_MISSING when there is nothing at the path. */
export function inspectPath(path: string, at: Date = new Date()): Inspection {
  if (!existsSync(path)) {
    throw new IdentityError("ERR_IDENTITY_FILE_MISSING", "there is no such file or folder", { where: { file: path } });
  }
  if (!statSync(path).isDirectory()) return inspectFile(path, at);
  return existsSync(join(path, CA_FILES.certificate)) ? inspectCa(path, at) : inspectIdentity(path, at);
}

function inspectIdentity(folder: string, at: Date): Inspection {
  const finding = new Finding();
  const request = finding.attempt(() => readPending(folder));
  const fileOf = (part: keyof typeof IDENTITY_FILES): string => currentFile(folder, IDENTITY_FILES[part]);
  if (request !== undefined && !existsSync(fileOf("chain"))) return inspectRequested(folder, request);
  const key = finding.attempt(() => readKeyFile(fileOf("key")));
  const chain = finding.attempt(() => readTextFile(fileOf("chain")).text);
  const trust = finding.attempt(() => readTextFile(fileOf("trust")).text);
  if (chain !== undefined) finding.addCertificates(fileOf("chain"), chain);
  if (trust !== undefined) finding.addCertificates(fileOf("trust"), trust);
  let uri = finding.files[0]?.certificates[0]?.uris[0];
  if (key !== undefined && chain !== undefined && trust !== undefined && finding.problems.length === 0) {
    const credentials = finding.attempt(() => checkCredentials({ key, chain, trust }, {}, at, fileOf));
    if (credentials !== undefined) uri = formatPrincipal(credentials.principal);
    finding.checkLists(currentFile(folder, REVOCATION_FILE), credentials, at);
  }
  finding.attempt(() => requireGuardedFolder(folder));
  const pending = request === undefined ? {} : { request };
  return { kind: "identity", uri, files: finding.files, ...pending, problems: finding.problems };
}

/** Inspects a folder that holds nothing but a request. */
function inspectRequested(folder: string, request: CertificateRequest): Inspection {
  const message = "the answer to the request is not installed yet";
  const problem = new IdentityError("ERR_IDENTITY_FILE_MISSING", message, { where: { file: folder } });
  return { kind: "identity", uri: formatPrincipal(request.principal), files: [], request, problems: [problem] };
}

function inspectCa(folder: string, at: Date): Inspection {
  const finding = new Finding();
  const file = join(folder, CA_FILES.certificate);
  const keyFile = join(folder, CA_FILES.key);
  // The passphrase of a sealed key is not asked for: opening the CA shows whether the key fits.
  const key = finding.attempt(() =>
    isCaSealed(folder) ? undefined : inFile(keyFile, () => readPrivateKey(readKeyFile(keyFile))),
  );
  finding.attempt(() => readCaRecord(folder));
  const certificate = finding.attempt(() => readTextFile(file).text);
  if (certificate !== undefined) finding.addCertificates(file, certificate);
  if (key !== undefined && certificate !== undefined && finding.problems.length === 0) {
    finding.attempt(() => inFile(file, () => readAuthority(certificate, key)));
  }
  finding.checkTimes(at);
  finding.checkLists(join(folder, CA_FILES.revocationList), undefined, at);
  return {
    kind: "ca",
    uri: finding.files[0]?.certificates[0]?.uris[0],
    files: finding.files,
    problems: finding.problems,
  };
}

function inspectFile(path: string, at: Date): Inspection {
  const finding = new Finding();
  const text = finding.attempt(() => readTextFile(path, LIST_FILE_SIZE_MAX).text);
  if (text !== undefined && /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    finding.attempt(() => inFile(path, () => readPrivateKey(readKeyFile(path))));
    return { kind: "key", uri: undefined, files: [], problems: finding.problems };
  }
  if (text !== undefined && /-----BEGIN CERTIFICATE REQUEST-----/.test(text)) {
    const request = finding.attempt(() => inFile(path, () => readRequest(text)));
    const uri = request && formatPrincipal(request.principal);
    return { kind: "request", uri, files: [], ...(request && { request }), problems: finding.problems };
  }
  if (text !== undefined && /-----BEGIN X509 CRL-----/.test(text)) {
    finding.addLists(path, text);
    return { kind: "lists", uri: undefined, files: finding.files, problems: finding.problems };
  }
  if (text !== undefined) finding.addCertificates(path, text);
  finding.checkTimes(at);
  const uri = finding.files[0]?.certificates[0]?.uris[0];
  return { kind: "certificates", uri, files: finding.files, problems: finding.problems };
}

class Finding {
  readonly files: InspectedFile[] = [];
  readonly problems: IdentityError[] = [];

  /** The result, or undefined with the problem noted. */
  attempt<Result>(action: () => Result): Result | undefined {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      this.problems.push(error);
      return undefined;
    }
  }

  addCertificates(file: string, pem: string): void {
    const certificates = this.attempt(() => inFile(file, () => readCertificatePem(pem).map(certificateFacts)));
    if (certificates !== undefined) this.files.push({ file, certificates, lists: [] });
  }

  addLists(file: string, pem: string): void {
    const lists = this.attempt(() => inFile(file, () => revocationListFacts(pem)));
    if (lists !== undefined) this.files.push({ file, certificates: [], lists });
  }

  /**
   * Judges the file by the identity beside it, if there is one: whether a process would start with it, and whether it
   * revokes the identity.
   */
  checkLists(file: string, credentials: Credentials | undefined, at: Date): void {
    if (!existsSync(file)) return;
    const text = this.attempt(() => readTextFile(file, LIST_FILE_SIZE_MAX).text);
    if (text === undefined) return;
    const count = this.problems.length;
    this.addLists(file, text);
    if (credentials === undefined || this.problems.length > count) return;
    this.attempt(() =>
      inFile(file, () => {
        const revocations = new Revocations({ isRequired: false, graceMs: Infinity });
        for (const list of checkRevocationLists(text, credentials, at)) revocations.put(list);
        revocations.check(credentials.certificates, at);
      }),
    );
  }

  checkTimes(at: Date): void {
    for (const { file, certificates } of this.files) {
      for (const { notBefore, notAfter } of certificates) {
        if (notBefore <= at && at <= notAfter) continue;
        const isEarly = at < notBefore;
        const span = `valid from ${notBefore.toISOString()} to ${notAfter.toISOString()}, and here it is ${at.toISOString()}`;
        const code = isEarly ? "ERR_IDENTITY_NOT_YET_VALID" : "ERR_IDENTITY_EXPIRED";
        this.problems.push(new IdentityError(code, span, { where: { file } }));
      }
    }
  }
}
