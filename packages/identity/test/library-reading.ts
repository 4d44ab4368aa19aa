/** Certificates as the library reads them that writes them: an independent reading beside that of the product. */
import {
  BasicConstraints,
  Certificate,
  type Extension,
  ExtendedKeyUsage,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  KeyUsage,
  Name,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
} from "@peculiar/asn1-x509";
import { readDer, writeDer } from "../src/authority/structures.ts";
import type { Certificate as ReadCertificate } from "../src/certificates/certificate.ts";

/** The library's reading of a certificate in the product's form. The product's own judgement, of algorithms and of what is evaluated, is not among it. */
export type LibraryReading = Omit<ReadCertificate, "der" | "keyAlgorithm" | "signatureAlgorithm" | "unevaluated"> & {
  readonly issuerTexts: readonly string[];
  readonly extensions: readonly (readonly [id: string, isCritical: boolean])[];
};

/** Reads a certificate by the library, which must write it again to the same octets. Throws where it does not. */
export function readByLibrary(der: Uint8Array): LibraryReading {
  const { tbsCertificate: body, tbsCertificateRaw, signatureValue } = readDer(der, Certificate, "the certificate");
  const extensions = body.extensions ?? [];
  const constraints = valueOf(extensions, id_ce_basicConstraints, BasicConstraints);
  const uris = [...(valueOf(extensions, id_ce_subjectAltName, SubjectAlternativeName) ?? [])].flatMap(
    ({ uniformResourceIdentifier: uri }) => uri ?? [],
  );
  const usages = valueOf(extensions, id_ce_extKeyUsage, ExtendedKeyUsage);
  const keyId = valueOf(extensions, id_ce_subjectKeyIdentifier, SubjectKeyIdentifier);
  return {
    serial: Buffer.from(body.serialNumber).toString("hex"),
    issuer: writeDer(body.issuer),
    subject: writeDer(body.subject),
    notBefore: body.validity.notBefore.getTime(),
    notAfter: body.validity.notAfter.getTime(),
    publicKeyInfo: writeDer(body.subjectPublicKeyInfo),
    isCa: constraints?.cA ?? false,
    pathLength: constraints?.pathLenConstraint,
    keyUsage: valueOf(extensions, id_ce_keyUsage, KeyUsage)?.toNumber(),
    isKeyUsageCritical: extensions.some(({ extnID, critical }) => extnID === id_ce_keyUsage && critical),
    extendedKeyUsage: usages && [...usages],
    uris,
    subjectKeyId: keyId && Buffer.from(keyId.buffer),
    signed: Buffer.from(tbsCertificateRaw!),
    signature: Buffer.from(signatureValue),
    issuerTexts: readDer(writeDer(body.issuer), Name, "the issuer").flatMap((part) =>
      part.map(({ type, value }) => `${type}=${value.toString()}`),
    ),
    extensions: extensions.map(({ extnID, critical }) => [extnID, critical]),
  };
}

function valueOf<Structure>(
  extensions: readonly Extension[],
  id: string,
  structure: new () => Structure,
): Structure | undefined {
  const extension = extensions.find(({ extnID }) => extnID === id);
  return extension && readDer(extension.extnValue.buffer, structure, id);
}
