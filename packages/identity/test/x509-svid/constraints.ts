/** X509-SVID 2 to 4: the URI, the hierarchy, and the extensions that say what a certificate may be used for. */
import {
  anyExtendedKeyUsage,
  type GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_codeSigning,
  id_kp_serverAuth,
  KeyUsageFlags,
} from "@peculiar/asn1-x509";
import { writeName } from "../../src/authority/ca/certificate-writer.ts";
import { Oid } from "../../src/certificates/object-identifiers.ts";
import {
  altNames,
  basicConstraints,
  ca,
  extendedKeyUsage,
  keyUsage,
  leaf,
  rawExtension,
  type Wish,
} from "../certificates.ts";
import { type Example, root, Rule, uri } from "./example.ts";

const { digitalSignature, keyEncipherment, keyAgreement, keyCertSign, cRLSign } = KeyUsageFlags;
const as = (uniformResourceIdentifier: string): Partial<GeneralName> => ({ uniformResourceIdentifier });

function names(...altNamesWanted: readonly Partial<GeneralName>[]): Wish {
  return { extensions: { [id_ce_subjectAltName]: altNames(...altNamesWanted) } };
}

/** Key usage of these flags, in one octet; the library cannot write this extension as not critical. */
function usage(flags: number, isCritical = true): Wish {
  const extension = keyUsage(flags);
  extension.critical = isCritical;
  return { extensions: { [id_ce_keyUsage]: extension } };
}

function uses(...usages: readonly string[]): Wish {
  return { extensions: { [id_ce_extKeyUsage]: extendedKeyUsage(...usages) } };
}

const looseNames = altNames(as(uri));
looseNames.critical = false;
const many = ["a", "b", "c"].map((host) => ({ dNSName: `${host}.example` }));

const spiffeId = new Rule("X509-SVID 2, SPIFFE ID")
  .leaf("one URI", "accepted", {})
  .leaf("one URI, in an extension that is not critical", "accepted", {
    subject: writeName([Oid.commonName, "a"]),
    extensions: { [id_ce_subjectAltName]: looseNames },
  })
  .leaf("several DNS names, an address and a mail address beside it", "accepted", {
    ...names(...many, as(uri), { iPAddress: "192.0.2.1" }, { rfc822Name: "a@a.example" }),
  })
  .leaf("no subjectAltName", "ERR_IDENTITY_URI_COUNT", { extensions: { [id_ce_subjectAltName]: null } })
  .leaf("an empty subjectAltName", "ERR_IDENTITY_URI_COUNT", names())
  .leaf("DNS names alone", "ERR_IDENTITY_URI_COUNT", names(...many))
  .leaf("two URIs", "ERR_IDENTITY_URI_COUNT", names(as(uri), as("spiffe://demo/vertex/b")))
  .leaf("the same URI twice", "ERR_IDENTITY_URI_COUNT", names(as(uri), as(uri)))
  .leaf("a web page beside it", "ERR_IDENTITY_URI_COUNT", names(as(uri), as("https://a.example/")))
  .leaf("two URIs in the text of one", "ERR_IDENTITY_PRINCIPAL_SYNTAX", names(as(`${uri}, URI:${uri}`)))
  .leaf("in a DNS name", "ERR_IDENTITY_URI_COUNT", names({ dNSName: uri }))
  .leaf("in the common name", "ERR_IDENTITY_URI_COUNT", {
    subject: writeName([Oid.commonName, uri]),
    extensions: { [id_ce_subjectAltName]: null },
  });

const leaves = new Rule("X509-SVID 3.1, leaf certificates")
  .leaf("a path that is not the root", "accepted", {})
  .leaf("no path", "ERR_IDENTITY_PRINCIPAL_SYNTAX", names(as("spiffe://demo")))
  .leaf("the root as its path", "ERR_IDENTITY_PRINCIPAL_SYNTAX", names(as("spiffe://demo/")))
  .add("one that issued another", "ERR_IDENTITY_ISSUER_NOT_CA", issuedByLeaf());

const middle = ca("demo", { issuer: root });
const bareMiddle = ca("demo", { issuer: root, extensions: { [id_ce_subjectAltName]: null } });
const pathMiddle = ca("demo", { issuer: root, ...names(as("spiffe://demo/vertex/ca")) });
const strayMiddle = ca("elsewhere", { issuer: root });
const signers = new Rule("X509-SVID 3.2, signing certificates")
  .under("the trust domain as its URI", "accepted", {})
  .under("no URI", "accepted", { extensions: { [id_ce_subjectAltName]: null } })
  .add("an intermediate with the trust domain as its URI", "accepted", [leaf(middle, uri), middle])
  .add("an intermediate without a URI", "accepted", [leaf(bareMiddle, uri), bareMiddle])
  .under("a path in its URI", "ERR_IDENTITY_TRUST_CLUSTER", names(as("spiffe://demo/vertex/ca")))
  .under("a slash at the end of its URI", "ERR_IDENTITY_TRUST_CLUSTER", names(as("spiffe://demo/")))
  .add("an intermediate with a path in its URI", "ERR_IDENTITY_TRUST_CLUSTER", [leaf(pathMiddle, uri), pathMiddle])
  .under("two URIs", "ERR_IDENTITY_URI_COUNT", names(as("spiffe://demo"), as("spiffe://demo")))
  .under("another trust domain's (we are narrower)", "ERR_IDENTITY_TRUST_CLUSTER", {}, "elsewhere")
  .add("an intermediate of another trust domain (we are narrower)", "ERR_IDENTITY_TRUST_CLUSTER", [
    leaf(strayMiddle, uri),
    strayMiddle,
  ]);

function constraints(isCa: boolean, pathLength?: number): Wish {
  return { extensions: { [id_ce_basicConstraints]: basicConstraints(isCa, pathLength) } };
}

const without = { extensions: { [id_ce_basicConstraints]: null } };
const notCa = ca("demo", { issuer: root, ...constraints(false) });
const unsaid = ca("demo", { issuer: root, ...without });
const flat = ca("demo", constraints(true, 0));
const belowFlat = ca("demo", { issuer: flat });
// openssl tells CAs with equal names apart by these identifiers alone; we try the signatures.
const keyId = (ofSubject: string, ofIssuer: string): Wish["extensions"] & {} => ({
  [id_ce_subjectKeyIdentifier]: rawExtension(id_ce_subjectKeyIdentifier, false, `0401${ofSubject}`),
  [id_ce_authorityKeyIdentifier]: rawExtension(id_ce_authorityKeyIdentifier, false, `30038001${ofIssuer}`),
});
const rekeyed = ca("demo", { extensions: { ...constraints(true, 0).extensions, ...keyId("01", "01") } });
const again = ca("demo", { issuer: rekeyed, subject: rekeyed.subject, extensions: keyId("02", "01") });
const belowAgain = leaf(again, uri, { extensions: keyId("03", "02") });
const oneDeep = ca("demo", constraints(true, 1));
const belowOne = ca("demo", { issuer: oneDeep });
const belowTwo = ca("demo", { issuer: belowOne });
const basic = new Rule("X509-SVID 4.1, basic constraints")
  .leaf("a leaf with CA:FALSE", "accepted", {})
  .leaf("a leaf without it, which means CA:FALSE", "accepted", without)
  .leaf("a leaf with CA:TRUE", "ERR_IDENTITY_LEAF_IS_CA", constraints(true))
  .leaf("a leaf with CA:TRUE and a path length of 0", "ERR_IDENTITY_LEAF_IS_CA", constraints(true, 0))
  .leaf("a leaf with a path length", "ERR_IDENTITY_CERTIFICATE_BROKEN", constraints(false, 0))
  .add("an intermediate with CA:FALSE", "ERR_IDENTITY_ISSUER_NOT_CA", [leaf(notCa, uri), notCa])
  .add("an intermediate without it", "ERR_IDENTITY_ISSUER_NOT_CA", [leaf(unsaid, uri), unsaid])
  .under("a root with CA:FALSE", "ERR_IDENTITY_ISSUER_NOT_CA", constraints(false))
  .under("a root without it", "ERR_IDENTITY_ISSUER_NOT_CA", without)
  .under("a path length of 0, and no CA below", "accepted", constraints(true, 0))
  .add("a path length of 0, and a CA below", "ERR_IDENTITY_ISSUER_NOT_CA", [leaf(belowFlat, uri), belowFlat], [flat])
  .add("a path length of 0, and the same CA below with another key", "accepted", [belowAgain, again], [rekeyed])
  .add("a path length of 1, and a CA below", "accepted", [leaf(belowOne, uri), belowOne], [oneDeep])
  .add(
    "a path length of 1, and two below",
    "ERR_IDENTITY_ISSUER_NOT_CA",
    [leaf(belowTwo, uri), belowTwo, belowOne],
    [oneDeep],
  )
  .under("a negative path length", "ERR_IDENTITY_CERTIFICATE_BROKEN", {
    extensions: { [id_ce_basicConstraints]: rawExtension(id_ce_basicConstraints, true, "30060101ff0201ff") },
  });

/** NameConstraints in DER that permit one URI: .demo. */
const limits = "300ba009300786052e64656d6f";
const nameConstraints = (critical: boolean): Wish => ({
  extensions: { [id_ce_nameConstraints]: rawExtension(id_ce_nameConstraints, critical, limits) },
});
const constraintsOfNames = new Rule("X509-SVID 4.2, name constraints (we are narrower: not evaluated, so refused)")
  .leaf("none", "accepted", {})
  .under("of a root, critical", "ERR_IDENTITY_EXTENSION", nameConstraints(true))
  .under("of a root, not critical", "ERR_IDENTITY_EXTENSION", nameConstraints(false))
  .leaf("of a leaf", "ERR_IDENTITY_EXTENSION", nameConstraints(true));

const keyUsages = new Rule("X509-SVID 4.3, key usage")
  .leaf("a leaf's digitalSignature", "accepted", usage(digitalSignature))
  .leaf("keyEncipherment besides", "accepted", usage(digitalSignature | keyEncipherment))
  .leaf("keyAgreement besides", "accepted", usage(digitalSignature | keyAgreement))
  .leaf("none", "ERR_IDENTITY_KEY_USAGE", { extensions: { [id_ce_keyUsage]: null } })
  .leaf("digitalSignature, not critical", "ERR_IDENTITY_KEY_USAGE", usage(digitalSignature, false))
  .leaf("no digitalSignature", "ERR_IDENTITY_KEY_USAGE", usage(keyEncipherment | keyAgreement))
  .leaf("a leaf's keyCertSign", "ERR_IDENTITY_KEY_USAGE", usage(digitalSignature | keyCertSign))
  .leaf("a leaf's cRLSign", "ERR_IDENTITY_KEY_USAGE", usage(digitalSignature | cRLSign))
  .under("a CA's keyCertSign", "accepted", usage(keyCertSign))
  .under("a CA's keyCertSign and cRLSign", "accepted", usage(keyCertSign | cRLSign))
  .under(
    "a CA's keyCertSign, cRLSign and digitalSignature",
    "accepted",
    usage(keyCertSign | cRLSign | digitalSignature),
  )
  .under("a CA's cRLSign alone", "ERR_IDENTITY_KEY_USAGE", usage(cRLSign))
  .under("a CA's digitalSignature alone", "ERR_IDENTITY_KEY_USAGE", usage(digitalSignature))
  .under("a CA with none", "ERR_IDENTITY_KEY_USAGE", { extensions: { [id_ce_keyUsage]: null } })
  .under("a CA's, not critical", "ERR_IDENTITY_KEY_USAGE", usage(keyCertSign, false))
  .under("not critical, of a CA that is no SVID", "accepted", {
    extensions: { ...usage(keyCertSign, false).extensions, [id_ce_subjectAltName]: null },
  });

const extendedUsages = new Rule("X509-SVID 4.4, extended key usage")
  .leaf("serverAuth and clientAuth", "accepted", uses(id_kp_serverAuth, id_kp_clientAuth))
  .leaf("another one besides", "accepted", uses(id_kp_clientAuth, id_kp_serverAuth, id_kp_codeSigning))
  .leaf("none", "accepted", { extensions: { [id_ce_extKeyUsage]: null } })
  .leaf("serverAuth alone", "ERR_IDENTITY_KEY_USAGE", uses(id_kp_serverAuth))
  .leaf("clientAuth alone", "ERR_IDENTITY_KEY_USAGE", uses(id_kp_clientAuth))
  .leaf("another one alone", "ERR_IDENTITY_KEY_USAGE", uses(id_kp_codeSigning))
  .leaf("any, which does not name the two", "ERR_IDENTITY_KEY_USAGE", uses(anyExtendedKeyUsage))
  .leaf("an empty one", "ERR_IDENTITY_KEY_USAGE", uses())
  .under("a CA's both", "accepted", uses(id_kp_serverAuth, id_kp_clientAuth))
  .under("a CA's serverAuth alone", "ERR_IDENTITY_KEY_USAGE", uses(id_kp_serverAuth));

function issuedByLeaf(): [ReturnType<typeof leaf>, ReturnType<typeof leaf>] {
  const signer = leaf(root, uri, { subject: writeName([Oid.commonName, "a"]) });
  return [leaf(signer, "spiffe://demo/vertex/b"), signer];
}

export const constraintExamples: readonly Example[] = [
  spiffeId,
  leaves,
  signers,
  basic,
  constraintsOfNames,
  keyUsages,
  extendedUsages,
].flatMap(({ examples }) => examples);
