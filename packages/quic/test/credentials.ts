import { type IssueRequest, issueIdentity, makeAuthority } from "@florenetes/identity/authority";
import type { ConformanceCredentials } from "../testing/conformance/index.ts";
import type { QuicCredentials } from "../src/index.ts";
import { type MadeCertificate, makeCertificate } from "./certificate-maker.ts";

const day = 86_400_000;

/** Credentials that the product's own CA issues, and those of an intermediate CA, which it does not have. */
export function makeConformanceCredentials(): ConformanceCredentials {
  const now = Date.now();
  const request: IssueRequest = { kind: "vertex", name: "a" };
  const authority = makeAuthority({ cluster: "test" }, new Date(now - 100 * day));
  const other = makeAuthority({ cluster: "test" }, new Date(now));
  const issue = (overrides: Partial<IssueRequest> = {}, at = now): QuicCredentials =>
    issueIdentity(authority, { ...request, ...overrides }, new Date(at));
  const { chained, chainedIncomplete } = makeChained();
  const trusting = (credentials: QuicCredentials): QuicCredentials => ({
    ...credentials,
    trustBundlePem: authority.certificatePem + chained.trustBundlePem,
  });
  return {
    client: trusting(issue()),
    server: trusting(issue({ name: "b" })),
    ed25519: trusting(issue({ algorithm: "ed25519" })),
    chained: trusting(chained),
    chainedIncomplete: trusting(chainedIncomplete),
    expired: trusting(issue({ days: 1 }, now - 10 * day)),
    notYetValid: trusting(issue({}, now + 10 * day)),
    foreign: trusting(issueIdentity(other, request, new Date(now))),
  };
}

function makeChained(): { chained: QuicCredentials; chainedIncomplete: QuicCredentials } {
  const root = makeCertificate({ name: "root", isCa: true });
  const middle = makeCertificate({ name: "middle", isCa: true }, root);
  const leaf = makeCertificate({ name: "leaf" }, middle);
  return {
    chained: credentialsOf(leaf, root, [middle]),
    chainedIncomplete: credentialsOf(leaf, root),
  };
}

export function credentialsOf(
  leaf: MadeCertificate,
  root: MadeCertificate,
  between: readonly MadeCertificate[] = [],
): QuicCredentials {
  return {
    certificateChainPem: leaf.pem + between.map((certificate) => certificate.pem).join(""),
    privateKeyPem: leaf.privateKeyPem,
    trustBundlePem: root.pem,
  };
}
