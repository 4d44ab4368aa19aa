import { PRINCIPAL_KINDS, readCertificatePem, Revocations } from "@florenetes/identity";
import { expect, test } from "vitest";
import { verifyVertex } from "../../../src/quic-link/peers/verify-vertex.ts";
import { reasons } from "../../../src/quic-link/reasons.ts";
import { credentialsOf, Identities, verifierOf } from "../identities.ts";

const identities = new Identities();
const now = { wall: new Date(), monotonic: 0 };
const revocations = new Revocations({ isRequired: false, graceMs: 0 });
const own = verifierOf(credentialsOf(identities.issue("a")), revocations);

test.each(PRINCIPAL_KINDS)("the certificate of a %s, of the right name", (kind) => {
  const { certificateChainPem } = identities.issue("b", { kind });
  for (const name of ["b", undefined]) {
    const verified = verifyVertex(readCertificatePem(certificateChainPem), name, own, new Map(), now);
    if (kind === "vertex") expect(verified).toMatchObject({ name: "b" });
    else expect(verified).toMatchObject({ reason: reasons.wrongKind });
  }
});
