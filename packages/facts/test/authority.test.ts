import { expect, test, vi } from "vitest";
import * as keys from "../src/keys.ts";
import { judge } from "../src/judge.ts";
import { Authority } from "../src/authority.ts";
import { cases } from "./cases.ts";
import { development, root1, root2 } from "./cases/scene.ts";
import { authorityOf, factOf, heldOf } from "./held.ts";
import { auto, control, DAY, listOf, NOW, record, root, rootBody, stranger } from "./records.ts";

const idsOf = (authority: Authority, now: number): string[] => [...authority.quorum("control", now)!.keys.keys()];
const end = NOW - 60_000 + 7 * DAY;

test("an authority is what its root says", () => {
  const authority = authorityOf([root1]);
  expect([authority.cluster, authority.version, authority.isDevelopment]).toEqual(["demo", 1, false]);
  expect(authority.quorum("control", NOW)?.threshold).toBe(3);
  expect(authority.quorum("storage", NOW)).toBeUndefined();
  expect(authorityOf([development]).isDevelopment).toBe(true);
  expect(() => Authority.of(factOf(record({})))).toThrow(RangeError);
});

test("keys that a root leaves out count for its grace, and no longer where a later one has none", () => {
  const second = authorityOf([root1, root2]);
  const gone = control[0]!.keyId;
  expect(idsOf(second, end - 1)).toContain(gone);
  expect(idsOf(second, end)).not.toContain(gone);
  expect(idsOf(second, NOW)).toContain(stranger.keyId);
  const body = rootBody({ grace: 0 }, undefined, [...control.slice(1), stranger]);
  const third = second.next(factOf(root(body, { epoch: 3, issued: NOW })));
  expect(idsOf(third, NOW)).not.toContain(gone);
});

test("a key that goes to another authority counts there alone", () => {
  const moved = rootBody({
    authorities: {
      root: rootBody().authorities.root,
      control: listOf([...control.slice(1), stranger], 2),
      update: listOf(control.slice(0, 1), 2),
    },
  });
  const second = authorityOf([
    root1,
    root(
      {
        ...moved,
        authorities: { ...moved.authorities, update: listOf([control[0]!, { ...stranger, key: "11".repeat(32) }], 2) },
      },
      { epoch: 2 },
    ),
  ]);
  expect(idsOf(second, NOW)).not.toContain(control[0]!.keyId);
  expect([...second.quorum("update", NOW)!.keys.keys()]).toContain(control[0]!.keyId);
});

test("no more signatures are verified than a quorum needs, and none for another reason than signatures", () => {
  const verify = vi.spyOn(keys, "isSignedBy");
  for (const { record, roots, held, now, development, reason } of cases) {
    verify.mockClear();
    judge(record, { authority: authorityOf(roots), held: heldOf(held), now, development });
    const isLast = reason === undefined || ["unknown-key", "signature", "quorum"].includes(reason);
    expect(verify.mock.calls.length).toBeLessThanOrEqual(isLast ? 4 : 0);
  }
  verify.mockClear();
  judge(record({ epoch: 2 }, [stranger, ...control, ...auto]), {
    authority: authorityOf([root1]),
    held: heldOf([]),
    now: NOW,
    development: false,
  });
  expect(verify).toHaveBeenCalledTimes(3);
  verify.mockRestore();
});
