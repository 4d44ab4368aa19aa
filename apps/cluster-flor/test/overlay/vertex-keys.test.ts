import { readCertificatePem } from "@florenetes/identity";
import { issueIdentity, makeAuthority } from "@florenetes/identity/authority";
import { expect, test } from "vitest";
import { type SigningPortal, VertexKeys } from "../../src/overlay/vertex-keys.ts";

const now = new Date();
const authority = makeAuthority({ cluster: "demo" }, now);
const issue = () => issueIdentity(authority, { kind: "vertex", name: "a" }, now);

/** A portal whose link vertex signs when the test says so. */
class FakePortal {
  readonly asked: ((signed: object | undefined) => void)[] = [];
  readonly signer: { isOffered: boolean; chain: readonly Uint8Array[] | undefined } = {
    isOffered: true,
    chain: undefined,
  };

  sign(_content: Uint8Array, onSigned: (signed: object | undefined) => void): void {
    this.asked.push(onSigned);
  }

  /** @returns the hash of the key */
  answer(): string {
    const { certificateChainPem, keyHash } = issue();
    this.signer.chain = readCertificatePem(certificateChainPem);
    this.asked.shift()!({});
    return keyHash;
  }
}

test("the keys of a vertex are those with which its link vertices sign for it", () => {
  const [first, second, silent] = [new FakePortal(), new FakePortal(), new FakePortal()];
  silent.signer.isOffered = false;
  let time = 0;
  let told = 0;
  const keys = new VertexKeys(
    () => [first, second, silent] as unknown as SigningPortal[],
    () => time,
    () => told++,
  );
  expect(keys.look()).toEqual([]);
  const one = first.answer();
  expect([keys.look(), told]).toEqual([[one], 1]);
  const other = second.answer();
  expect([keys.look(), told]).toEqual([[one, other], 2]);
  expect(silent.asked).toEqual([]);
});

test("a signature is asked for now and then alone, and another key is told", () => {
  const portal = new FakePortal();
  let time = 0;
  let told = 0;
  const keys = new VertexKeys(
    () => [portal] as unknown as SigningPortal[],
    () => time,
    () => told++,
  );
  keys.look();
  keys.look();
  expect(portal.asked).toHaveLength(1);
  time += 1_000;
  keys.look();
  expect(portal.asked).toHaveLength(2);
  portal.asked.shift()!(undefined);
  expect(told).toBe(0);
  const first = portal.answer();
  time += 59_000;
  expect(keys.look()).toEqual([first]);
  expect(portal.asked).toHaveLength(0);
  time += 1_000;
  keys.look();
  const next = portal.answer();
  expect([keys.look(), told]).toEqual([[next], 2]);
});

test("a link vertex that is too busy to answer is asked again, though nobody looks, and one that refuses, or is gone, is not", () => {
  const portal = new FakePortal();
  let time = 0;
  let told = 0;
  const keys = new VertexKeys(
    () => [portal] as unknown as SigningPortal[],
    () => time,
    () => told++,
  );
  const giveUp = (): void => {
    time += 250;
    portal.asked.shift()!(undefined);
  };
  keys.look();
  for (let turn = 0; turn < 20; turn++) giveUp();
  const key = portal.answer();
  expect([told, keys.look(), portal.asked.length]).toEqual([1, [key], 0]);
  portal.signer.chain = undefined;
  time += 1_000;
  keys.look();
  portal.asked.shift()!(undefined);
  expect(portal.asked).toEqual([]);
  time += 1_000;
  keys.look();
  portal.signer.isOffered = false;
  giveUp();
  expect(portal.asked).toEqual([]);
  portal.signer.isOffered = true;
  time += 1_000;
  keys.look();
  let asked = 0;
  for (; portal.asked.length > 0 && asked < 1_000; asked++) giveUp();
  expect(asked).toBeLessThan(300);
});
