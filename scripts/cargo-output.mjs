// Reads what `cargo test` prints.

/** Programs say how many tests they run, and at their end what came of them. */
const BEGINNING = /^running \d+ tests?$/gm;
const RESULT = /^test result: \S+ (?<passed>\d+) passed; \d+ failed; (?<ignored>\d+) ignored/gm;
/** A test that is to panic has words behind its name, by which nobody can ask for it. */
const TEST = /^test (?<name>.+?)(?: - should panic)? \.\.\. (?<outcome>ok|FAILED)$/gm;

/**
 * Says what came of the tests: how many passed and were left out; the names of those that failed, and of those that passed in all programs that have them; and whether a program ended before its tests
 * did, as one that crashes: then its other tests have said nothing.
 */
export function readCargoTests(stdout) {
  const outcomes = { ok: new Set(), FAILED: new Set() };
  for (const { groups } of stdout.matchAll(TEST)) outcomes[groups.outcome].add(groups.name);
  const results = [...stdout.matchAll(RESULT)].map(({ groups }) => groups);
  return {
    passed: results.reduce((sum, { passed }) => sum + Number(passed), 0),
    ignored: results.reduce((sum, { ignored }) => sum + Number(ignored), 0),
    failedTests: [...outcomes.FAILED],
    passedTests: [...outcomes.ok].filter((name) => !outcomes.FAILED.has(name)),
    isCut: stdout.matchAll(BEGINNING).toArray().length > results.length,
  };
}
