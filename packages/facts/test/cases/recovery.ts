/** Roots that recovery keys have signed in the place of the root's. */
import { testKey } from "../keys.ts";
import * as make from "../records.ts";
import { accept, type Case, refuse, root1, signatureBroken } from "./scene.ts";

export const recoveryKeys = ["recovery a", "recovery b", "recovery c"].map(testKey);
const [a, b] = recoveryKeys as [(typeof recoveryKeys)[0], (typeof recoveryKeys)[0]];
const [k, l, m] = make.root1 as [(typeof recoveryKeys)[0], (typeof recoveryKeys)[0], (typeof recoveryKeys)[0]];
/** The first version of a root that has recovery keys. */
export const recoverable = make.root(make.rootBody({ recovery: make.listOf(recoveryKeys, 2) }));
export const newKeys = ["root x", "root y", "root z"].map(testKey);
const [x, y] = newKeys as [(typeof recoveryKeys)[0], (typeof recoveryKeys)[0]];

/** The second version, whose root keys are new. */
export const recovered = (signers = [a, b, x, y], grace = 0): Buffer =>
  make.root(make.rootBody({ grace }, newKeys), { epoch: 2 }, signers);
const by = { roots: [recoverable] };

export const recovery: readonly Case[] = [
  accept("the next root by recovery keys, which waits", recovered(), { ...by, waits: true }),
  accept("the next root by recovery keys and too few of the root's", recovered([k, a, b, x, y]), {
    ...by,
    waits: true,
  }),
  accept("the next root by the root's keys and the recovery's", recovered([a, b, x, y, k, l]), by),
  accept("the next root by the root's keys and one of the recovery's", recovered([a, x, y, l, m]), by),
  refuse("unknown-key", "the next root by recovery keys, and too few of its own", recovered([a, b, x]), by),
  refuse("unknown-key", "the next root by recovery keys alone", recovered([a, b]), by),
  refuse("unknown-key", "the next root by one recovery key", recovered([a, x, y]), by),
  refuse("unknown-key", "the next root by keys that its own descriptor calls recovery's", recoveredByItsOwn(), {
    roots: [root1],
  }),
  refuse("unknown-key", "the next root by recovery keys, where there are none", recovered(), { roots: [root1] }),
  refuse(
    "gap",
    "a root by recovery keys that leaves a version out",
    make.root(make.rootBody({}, newKeys), { epoch: 3 }, [a, b, x, y]),
    by,
  ),
  refuse(
    "unknown-key",
    "the next root by a broken signature of a recovery key",
    signatureBroken(recovered([x, y, a, b])),
    by,
  ),
  refuse("unknown-key", "a record by recovery keys", make.record({ epoch: 2 }, recoveryKeys), by),
];

function recoveredByItsOwn(): Buffer {
  return make.root(make.rootBody({ recovery: make.listOf(recoveryKeys, 2) }, newKeys), { epoch: 2 }, [a, b, x, y]);
}
