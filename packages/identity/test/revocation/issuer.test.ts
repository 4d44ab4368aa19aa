/** The issuers whose lists are taken: the cluster's roots, and intermediate CAs that lead to one of them. */
import {
  AuthorityKeyIdentifier,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  KeyIdentifier,
  KeyUsageFlags,
  SubjectKeyIdentifier,
} from "@peculiar/asn1-x509";
import { describe, expect, test } from "vitest";
import { makeExtension } from "../../src/authority/ca/certificate-writer.ts";
import { readCertificate } from "../../src/certificates/certificate.ts";
import { keyFingerprintOf } from "../../src/certificates/certificate-id.ts";
import { writeCertificatePem } from "../../src/certificates/pem.ts";
import { IdentityError } from "../../src/errors.ts";
import { LISTS_MAX } from "../../src/limits.ts";
import { checkRevocationLists } from "../../src/revocation/list-file.ts";
import type { RevocationList } from "../../src/revocation/revocations.ts";
import { basicConstraints, ca, future, keyUsage, leaf, type Made, now, type Wish } from "../certificates.ts";
import { listPem, revocationList } from "../revocation-lists.ts";

const root = ca("demo");
const other = ca("demo");
const vertex = leaf(root, "spiffe://demo/vertex/a");
const noName = { [id_ce_subjectAltName]: null };

function intermediate(issuer: Made, wish: Wish = {}): Made {
  return ca("demo", { issuer, ...wish, extensions: { ...noName, ...wish.extensions } });
}

/** Reads a file by an identity that has these roots, and these CAs in its chain. */
function lists(text: string, roots: readonly Made[] = [root], chain: readonly Made[] = []): readonly RevocationList[] {
  const credentials = {
    principal: { cluster: "demo", kind: "vertex" as const, name: "a" },
    trustBundlePem: writeCertificatePem(...roots.map(({ der }) => der)),
    certificateChainPem: writeCertificatePem(vertex.der, ...chain.map(({ der }) => der)),
  };
  return checkRevocationLists(text, credentials, now);
}

function verdict(...args: Parameters<typeof lists>): string {
  try {
    lists(...args);
    return "taken";
  } catch (error) {
    if (error instanceof IdentityError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

describe("a list is taken", () => {
  test("of a root, known by its key", () => {
    const [list] = lists(listPem(revocationList(root, { number: 7n, serials: ["70"] })));
    expect(list).toMatchObject({ issuer: keyFingerprintOf(readCertificate(root.der)), number: 7n });
    expect(list!.serials.has("70")).toBe(true);
  });

  test("of each of several roots", () => {
    const file = listPem(revocationList(root, { number: 1n }), revocationList(other, { number: 9n }));
    expect(lists(file, [root, other]).map(({ number }) => number)).toEqual([1n, 9n]);
  });

  test("of a root that was renewed with its key, by either certificate", () => {
    const again = ca("demo", { like: root, subject: root.subject });
    for (const roots of [[root, again], [again, root], [again]]) {
      expect(verdict(listPem(revocationList(root)), roots)).toBe("taken");
    }
    const over = ca("demo", { like: root, subject: root.subject, notAfter: new Date("2026-05-01T00:00:00Z") });
    expect(verdict(listPem(revocationList(root)), [over, root])).toBe("taken");
  });

  test("of an intermediate CA in the identity's own chain", () => {
    const middle = intermediate(root);
    expect(verdict(listPem(revocationList(middle)), [root], [middle])).toBe("taken");
  });

  test("of an intermediate CA that stands beside it, at any depth and in any order", () => {
    const upper = intermediate(root);
    const lower = intermediate(upper);
    const file = [writeCertificatePem(lower.der), listPem(revocationList(lower)), writeCertificatePem(upper.der)];
    expect(verdict(file.join("some text between\n"))).toBe("taken");
    expect(verdict(`${listPem(revocationList(lower))}${writeCertificatePem(lower.der)}`, [root], [upper])).toBe(
      "taken",
    );
  });

  test("with the key identifier of the one that signed, or with none in either", () => {
    const id = Buffer.from("0102", "hex");
    const named = ca("demo", {
      extensions: {
        [id_ce_subjectKeyIdentifier]: makeExtension(id_ce_subjectKeyIdentifier, false, new SubjectKeyIdentifier(id)),
      },
    });
    const naming = (octets: Buffer): Buffer =>
      revocationList(named, {
        extensions: [
          makeExtension(
            id_ce_authorityKeyIdentifier,
            false,
            new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(octets) }),
          ),
        ],
      });
    expect(verdict(listPem(naming(id)), [named])).toBe("taken");
    expect(verdict(listPem(revocationList(named)), [named])).toBe("taken");
    expect(verdict(listPem(naming(Buffer.from("0103", "hex"))), [named])).toMatch(
      /^ERR_IDENTITY_LIST_UNTRUSTED: .*authorityKeyIdentifier/,
    );
  });

  test("although the time of its CA is over: what that has revoked stays revoked, and a process has to start", () => {
    const over = { notAfter: new Date("2026-05-01T00:00:00Z") };
    const oldRoot = ca("demo", over);
    expect(verdict(listPem(revocationList(oldRoot)), [root, oldRoot])).toBe("taken");
    const middle = intermediate(root, over);
    expect(verdict(`${listPem(revocationList(middle))}${writeCertificatePem(middle.der)}`)).toBe("taken");
  });

  test("although it has ended", () => {
    const nextUpdate = new Date("2026-05-01T00:00:00Z");
    expect(verdict(listPem(revocationList(root, { nextUpdate })))).toBe("taken");
  });
});

describe("a list is refused", () => {
  const middle = intermediate(root);
  const beside = (signer: Made, ...certificates: readonly Made[]): string =>
    `${listPem(revocationList(signer))}${writeCertificatePem(...certificates.map(({ der }) => der))}`;
  const broken = (extensions: Wish["extensions"], wish: Wish = {}): string => {
    const made = intermediate(root, { ...wish, extensions: extensions ?? {} });
    return beside(made, made);
  };
  const cases: readonly (readonly [string, () => string, RegExp])[] = [
    [
      "that another key signed",
      () => listPem(revocationList(root, { signer: other })),
      /its key did not make the signature/,
    ],
    [
      "that a key of the other kind signed",
      () => listPem(revocationList(root, { signer: ca("demo", { algorithm: "ed25519" }) })),
      /its key did not make/,
    ],
    [
      "of a CA that nobody knows",
      () => listPem(revocationList(other)),
      /no CA of cluster "demo" that is known here has this name/,
    ],
    [
      "of another cluster's CA",
      () => listPem(revocationList(ca("prod"))),
      /of CN=prod CA \d+ is refused: no CA of cluster "demo"/,
    ],
    [
      "in the name of the root",
      () => listPem(revocationList(other, { issuer: root.subject })),
      /its key did not make the signature/,
    ],
    [
      "of an intermediate CA that is not there",
      () => listPem(revocationList(middle)),
      /no CA of cluster "demo" that is known/,
    ],
    [
      "of a CA of another root beside it",
      () => beside(intermediate(other), intermediate(other)),
      /no CA of cluster|did not make/,
    ],
    ["of a self-signed CA that brings itself", () => beside(other, other), /not trusted/],
    [
      "of another cluster's CA under this root",
      () => {
        const made = ca("prod", { issuer: root });
        return beside(made, made);
      },
      /not the CA of cluster "demo"/,
    ],
    [
      "of a leaf",
      () => {
        const made = leaf(root, "spiffe://demo/vertex/b", { subject: other.subject });
        return beside(made, made);
      },
      /cRLSign/,
    ],
    [
      "of a leaf that claims the right",
      () => {
        const made = leaf(root, "spiffe://demo/vertex/b", {
          subject: other.subject,
          extensions: { [id_ce_keyUsage]: keyUsage(KeyUsageFlags.digitalSignature | KeyUsageFlags.cRLSign) },
        });
        return beside(made, made);
      },
      /is no CA/,
    ],
    [
      "of a CA that may not sign lists",
      () => broken({ [id_ce_keyUsage]: keyUsage(KeyUsageFlags.keyCertSign) }),
      /lacks cRLSign/,
    ],
    ["of a CA without key usage", () => broken({ [id_ce_keyUsage]: null }), /lacks cRLSign/],
    ["of a CA that is none", () => broken({ [id_ce_basicConstraints]: basicConstraints(false) }), /is no CA/],
    [
      "of a CA deeper than allowed",
      () => {
        const upper = intermediate(root, { extensions: { [id_ce_basicConstraints]: basicConstraints(true, 0) } });
        const lower = intermediate(upper);
        return beside(lower, lower, upper);
      },
      /it allows 0 CAs below it/,
    ],
  ];
  test.each(cases)("%s", (_, file, words) => {
    expect(verdict(file())).toMatch(/^ERR_IDENTITY_LIST_UNTRUSTED: revocation list 1 of CN=/);
    expect(verdict(file())).toMatch(words);
  });

  test("of a root that may not sign lists", () => {
    const mute = ca("demo", { extensions: { [id_ce_keyUsage]: keyUsage(KeyUsageFlags.keyCertSign) } });
    expect(verdict(listPem(revocationList(mute)), [mute])).toMatch(/^ERR_IDENTITY_LIST_UNTRUSTED: .*lacks cRLSign/);
  });

  test("that begins later, with both times", () => {
    const thisUpdate = new Date("2026-06-01T12:00:01Z");
    expect(verdict(listPem(revocationList(root, { thisUpdate })))).toMatch(
      /^ERR_IDENTITY_LIST_NOT_YET_VALID: .*from 2026-06-01T12:00:01\.000Z, and here it is 2026-06-01T12:00:00\.000Z$/,
    );
    expect(verdict(listPem(revocationList(root, { thisUpdate: now })))).toBe("taken");
  });

  test("that begins later and is another's, as another's", () => {
    expect(verdict(listPem(revocationList(other, { thisUpdate: future, nextUpdate: new Date("2028-01-01") })))).toMatch(
      /UNTRUSTED/,
    );
  });
});

describe("a file is refused", () => {
  const good = listPem(revocationList(root));
  const files: readonly (readonly [string, string, RegExp])[] = [
    ["with nothing in it", "", /^ERR_IDENTITY_PEM_BROKEN: .*no X509 CRL in it/],
    ["with certificates alone", writeCertificatePem(root.der), /^ERR_IDENTITY_PEM_BROKEN: .*no X509 CRL in it/],
    [
      "with a key in it",
      `${good}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`,
      /^ERR_IDENTITY_PEM_BROKEN: .*block 2 is a PRIVATE KEY/,
    ],
    [
      "with one label at the begin and another at the end",
      good.replace("END X509 CRL", "END CERTIFICATE"),
      /^ERR_IDENTITY_PEM_BROKEN/,
    ],
    [
      "with a list that is called certificate",
      good.replaceAll("X509 CRL", "CERTIFICATE"),
      /^ERR_IDENTITY_PEM_BROKEN: .*no X509 CRL/,
    ],
    [
      "with a certificate that is called list",
      writeCertificatePem(root.der).replaceAll("CERTIFICATE", "X509 CRL"),
      /^ERR_IDENTITY_LIST_BROKEN/,
    ],
    ["that is cut off", good.slice(0, -30), /^ERR_IDENTITY_PEM_BROKEN: .*cut off/],
    ["that is not base64", good.replace(/\n(.)/, "\n!"), /^ERR_IDENTITY_PEM_BROKEN: .*not base64/],
    [
      "with a certificate that is broken",
      `${good}-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n`,
      /^ERR_IDENTITY_CERTIFICATE_BROKEN/,
    ],
    ["with too many lists", good.repeat(LISTS_MAX + 1), /^ERR_IDENTITY_CHAIN_LIMIT/],
    [
      "with one list of several that is not in order",
      `${good}${listPem(revocationList(other))}`,
      /^ERR_IDENTITY_LIST_UNTRUSTED/,
    ],
  ];
  test.each(files)("%s", (_, text, words) => expect(verdict(text)).toMatch(words));

  test("and taken with text around its blocks", () => {
    expect(verdict(`Certificate Revocation List:\n${good}# the end\n`)).toBe("taken");
  });
});
