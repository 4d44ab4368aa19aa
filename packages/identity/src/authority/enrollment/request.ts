/** Certificate requests (PKCS #10, RFC 2986): the principal and the public key to certify, signed with that key. */
import { createPublicKey, type KeyObject } from "node:crypto";
import { Attributes, CertificationRequest, CertificationRequestInfo } from "@peculiar/asn1-csr";
import {
  AlgorithmIdentifier,
  Attribute,
  type Extension,
  Extensions,
  GeneralName,
  id_ce_basicConstraints,
  id_ce_subjectAltName,
  Name,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
} from "@peculiar/asn1-x509";
import { makeExtension, signOctets } from "../ca/certificate-writer.ts";
import {
  type KeyAlgorithm,
  keyAlgorithmOf,
  isSignatureOf,
  publicKeyOf,
  signatureAlgorithmOf,
} from "../../certificates/certificate.ts";
import { keyFingerprintOf } from "../../certificates/certificate-id.ts";
import { onlyPrincipal } from "../../certificates/chain.ts";
import { readBasicConstraints, readUris } from "../../certificates/extensions.ts";
import { Oid } from "../../certificates/object-identifiers.ts";
import { readPem, writePem } from "../../certificates/pem.ts";
import { IdentityError } from "../../errors.ts";
import { ATTRIBUTES_MAX, CERTIFICATE_SIZE_MAX, EXTENSIONS_MAX } from "../../limits.ts";
import { formatPrincipal, type Principal } from "../../principal.ts";
import { readDer, writeDer } from "../structures.ts";

/** The content of a request. Its author holds the key. */
export interface CertificateRequest {
  readonly principal: Principal;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKeyInfo: Uint8Array;
  readonly keyAlgorithm: KeyAlgorithm;
  /** SHA-256 of `publicKeyInfo`, lower-case hex. */
  readonly keyFingerprint: string;
}

/** extensionRequest of PKCS #9 (RFC 2985, 5.4.2): the extensions that the certificate should have. */
const extensionRequest = "1.2.840.113549.1.9.14";

/** A request in PEM, for a principal and the holder of a key. */
export function writeRequest(principal: Principal, key: KeyObject): string {
  const name = new GeneralName({ uniformResourceIdentifier: formatPrincipal(principal) });
  const altName = makeExtension(id_ce_subjectAltName, true, new SubjectAlternativeName([name]));
  const info = new CertificationRequestInfo({
    subject: new Name(),
    subjectPKInfo: readDer(
      createPublicKey(key).export({ type: "spki", format: "der" }),
      SubjectPublicKeyInfo,
      "the public key",
    ),
    attributes: new Attributes([
      new Attribute({ type: extensionRequest, values: [bufferOf(writeDer(new Extensions([altName])))] }),
    ]),
  });
  const algorithm = key.asymmetricKeyType === "ed25519" ? Oid.ed25519 : Oid.ecdsaWithSha256;
  const request = new CertificationRequest({
    certificationRequestInfo: info,
    signatureAlgorithm: new AlgorithmIdentifier({ algorithm }),
    signature: bufferOf(signOctets(key, writeDer(info))),
  });
  return writePem("CERTIFICATE REQUEST", writeDer(request));
}

/**
 * Reads a request, and checks that it is signed with its own key. Only the key and the one URI are used; subject, names of other
 * kinds, other extensions and attributes are ignored, as the CA decides on the content of its certificates. A request for a CA
 * certificate is refused all the same, since its author would not get one. Throws ERR_IDENTITY_PEM_BROKEN, _REQUEST_BROKEN,
 * _ALGORITHM, _REQUEST_SIGNATURE, _REQUEST_CA, _URI_COUNT or _PRINCIPAL_SYNTAX.
 */
export function readRequest(pem: string): CertificateRequest {
  const blocks = readPem(pem, ["CERTIFICATE REQUEST"]);
  if (blocks.length > 1) throw broken(`there are ${blocks.length} requests in the file`);
  const { der } = blocks[0]!;
  if (der.length > CERTIFICATE_SIZE_MAX) throw broken(`a request of ${der.length} bytes is too large`);
  const request = reading(() => readDer(der, CertificationRequest, "the request"));
  const info = request.certificationRequestInfo;
  if (info.version !== 0) throw broken("version is not 1");
  const publicKeyInfo = writeDer(info.subjectPKInfo);
  const keyAlgorithm = reading(() => keyAlgorithmOf(publicKeyInfo));
  const certified = { keyAlgorithm, publicKeyInfo };
  if (keyAlgorithm === undefined || publicKeyOf(certified) === undefined) {
    throw new IdentityError("ERR_IDENTITY_ALGORITHM", "the request's key is neither Ed25519 nor P-256");
  }
  if (signatureAlgorithmOf(writeDer(request.signatureAlgorithm)) !== keyAlgorithm) {
    const message = "the request is not signed with Ed25519, or ECDSA with P-256 and SHA-256, as its key is";
    throw new IdentityError("ERR_IDENTITY_ALGORITHM", message);
  }
  const signed = new Uint8Array(request.certificationRequestInfoRaw!);
  const signature = new Uint8Array(request.signature);
  if (!isSignatureOf(certified, signed, signature)) {
    throw new IdentityError("ERR_IDENTITY_REQUEST_SIGNATURE", "the signature on the request is not of its own key");
  }
  const keyFingerprint = keyFingerprintOf({ publicKeyInfo });
  return { principal: principalOf(info.attributes), publicKeyInfo, keyAlgorithm, keyFingerprint };
}

function principalOf(attributes: Attributes | undefined): Principal {
  const extensions = reading(() => extensionsOf(attributes ?? new Attributes()));
  if (reading(() => asksForCa(extensions))) {
    throw new IdentityError("ERR_IDENTITY_REQUEST_CA", "the request asks for the certificate of a CA (CA:TRUE)");
  }
  const uris = reading(() => readUris(subjectAltNameOf(extensions)));
  return onlyPrincipal(uris, "the request");
}

/** The requested extensions. */
function extensionsOf(attributes: Attributes): readonly Extension[] {
  if (attributes.length > ATTRIBUTES_MAX) throw broken("it has too many attributes");
  const wishes = attributes.filter(({ type }) => type === extensionRequest).flatMap(({ values }) => values);
  if (wishes.length > 1) throw broken("it asks for extensions twice");
  const extensions = wishes.flatMap((wish) => [...readDer(wish, Extensions, "extensionRequest")]);
  if (extensions.length > EXTENSIONS_MAX) throw broken("it asks for too many extensions");
  return extensions;
}

function asksForCa(extensions: readonly Extension[]): boolean {
  const constraints = extensions.filter(({ extnID }) => extnID === id_ce_basicConstraints);
  return constraints.some(({ extnValue }) => readBasicConstraints(new Uint8Array(extnValue.buffer)).isCa);
}

/** The value of the extension, or an empty one. */
function subjectAltNameOf(extensions: readonly Extension[]): Uint8Array {
  const altNames = extensions.filter(({ extnID }) => extnID === id_ce_subjectAltName);
  if (altNames.length > 1) throw broken("it asks for subjectAltName twice");
  return altNames[0] === undefined
    ? writeDer(new SubjectAlternativeName())
    : new Uint8Array(altNames[0].extnValue.buffer);
}

/** The readers of certificates blame a certificate: their errors become errors of the request. */
function reading<Result>(action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof IdentityError) || error.code !== "ERR_IDENTITY_CERTIFICATE_BROKEN") throw error;
    throw broken(error.message.replace(/^not a well-formed certificate: /, ""), error);
  }
}

function bufferOf(octets: Uint8Array): ArrayBuffer {
  return new Uint8Array(octets).buffer;
}

function broken(message: string, cause?: unknown): IdentityError {
  return new IdentityError("ERR_IDENTITY_REQUEST_BROKEN", `not a well-formed request: ${message}`, { cause });
}
