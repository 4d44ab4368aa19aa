/** The CA on disk: a folder with its key, its certificate, and a record of what it issued. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  type Authority,
  type AuthorityOptions,
  certifyKey,
  type CertifyRequest,
  type IssuedCertificate,
  type IssuedIdentity,
  type IssueRequest,
  makeAuthority,
  makeKey,
  readAuthority,
  signWithAuthority,
} from "../authority.ts";
import { inFile, readPrivateKey } from "../../credentials.ts";
import { formatPrincipal } from "../../principal.ts";
import { appendLine, readKeyFile, readTextFile, requireFreeFolder, writeFolder } from "../../drivers/files.ts";
import { writeIdentity } from "../../drivers/identity-folder.ts";

/** File names of a CA folder. */
export const CA_FILES = {
  key: "ca-key.pem",
  certificate: "ca.pem",
  issued: "issued.jsonl",
  revocationList: "crl.pem",
} as const;

/** A CA that was opened once and issues many. */
export interface CertificateAuthority {
  readonly authority: Authority;
  readonly folder: string;
  /** The newest revocation list, if there is one. */
  readonly revocationListPem: string | undefined;
  /** Certifies a key. The certificate is recorded in the CA folder before it is returned: nothing is handed out unrecorded. */
  certify(request: CertifyRequest, at?: Date): IssuedCertificate;
  /** The signature of the CA's key on octets: Ed25519, or ECDSA with SHA-256 in DER. */
  sign(octets: Uint8Array): Buffer;
  /** Makes a key, and certifies it. */
  issue(request: IssueRequest, at?: Date): IssuedIdentity;
  /** Does as `issue`, and writes the identity into a new folder. */
  issueInto(identityFolder: string, request: IssueRequest, at?: Date): IssuedIdentity;
}

/**
 * Makes a cluster's CA in a new folder: an offline root whose key (0600) never leaves it. Throws IdentityError:
 * ERR_IDENTITY_PRINCIPAL_SYNTAX, _DAYS, _FOLDER_IN_USE, _WRITE_FAILED.
 */
export function createCa(folder: string, options: AuthorityOptions, at: Date = new Date()): CertificateAuthority {
  const authority = makeAuthority(options, at);
  writeFolder(folder, [
    { name: CA_FILES.key, text: authority.privateKeyPem, isSecret: true },
    { name: CA_FILES.certificate, text: authority.certificatePem, isSecret: false },
    { name: CA_FILES.issued, text: "", isSecret: true },
  ]);
  return certificateAuthority(folder, authority);
}

/** Opens a CA folder. Throws IdentityError when a file is missing, exposed or broken, or when they do not fit. */
export function openCa(folder: string): CertificateAuthority {
  const keyPath = join(folder, CA_FILES.key);
  const certificatePath = join(folder, CA_FILES.certificate);
  const keyPem = readKeyFile(keyPath);
  const certificatePem = readTextFile(certificatePath).text;
  const key = inFile(keyPath, () => readPrivateKey(keyPem));
  const authority = inFile(certificatePath, () => readAuthority(certificatePem, key));
  return certificateAuthority(folder, authority);
}

function certificateAuthority(folder: string, authority: Authority): CertificateAuthority {
  function certify(request: CertifyRequest, at: Date = new Date()): IssuedCertificate {
    const certificate = certifyKey(authority, request, at);
    appendLine(join(folder, CA_FILES.issued), formatRecord(certificate, at));
    return certificate;
  }
  function issue(request: IssueRequest, at?: Date): IssuedIdentity {
    const key = makeKey(request.algorithm);
    return { ...certify({ ...request, publicKeyInfo: key.publicKeyInfo }, at), privateKeyPem: key.pem };
  }
  const listPath = join(folder, CA_FILES.revocationList);
  return {
    authority,
    folder,
    get revocationListPem(): string | undefined {
      return existsSync(listPath) ? readTextFile(listPath).text : undefined;
    },
    certify,
    sign: (octets) => signWithAuthority(authority, octets),
    issue,
    issueInto(identityFolder, request, at): IssuedIdentity {
      // Before anything is recorded as issued that could then not be written.
      requireFreeFolder(identityFolder);
      const identity = issue(request, at);
      writeIdentity(identityFolder, identity);
      return identity;
    },
  };
}

/** One line of `issued.jsonl`. What revoking needs later is the serial number; the rest tells people which one it is. */
function formatRecord(identity: IssuedCertificate, at: Date): string {
  return JSON.stringify({
    at: at.toISOString(),
    principal: formatPrincipal(identity.principal),
    serial: identity.serial,
    notBefore: identity.notBefore.toISOString(),
    notAfter: identity.notAfter.toISOString(),
    fingerprint: identity.fingerprint,
  });
}
