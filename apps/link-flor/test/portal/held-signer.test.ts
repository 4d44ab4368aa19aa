import { contextCheck } from "@florenetes/identity";
import { issueIdentity, makeAuthority } from "@florenetes/identity/authority";
import { SIGN_CONTEXT } from "@florenetes/portal-api";
import { expect, test } from "vitest";
import { HeldSigner } from "../../src/portal/held-signer.ts";

const now = new Date();
const authority = makeAuthority({ cluster: "demo" }, now);

test("it signs with the key in use: after a renewal with the new one, which may be of another kind", () => {
  let credentials = issueIdentity(authority, { kind: "vertex", name: "a" }, now);
  const signer = new HeldSigner(() => credentials);
  const content = Uint8Array.of(1, 2, 3);
  const first = signer.sign(content);
  expect(contextCheck(first.chain[0]!, SIGN_CONTEXT)(content, first)).toBe(true);
  credentials = issueIdentity(authority, { kind: "vertex", name: "a", algorithm: "ed25519" }, now);
  const second = signer.sign(content);
  expect(second.scheme).not.toBe(first.scheme);
  expect(second.chainHash).not.toEqual(first.chainHash);
  expect(contextCheck(second.chain[0]!, SIGN_CONTEXT)(content, second)).toBe(true);
  expect(contextCheck(first.chain[0]!, SIGN_CONTEXT)(content, second)).toBe(false);
});
