/** Namespaces need root. Without it these tests are skipped, and the test run says so at its start. */
export const isRoot: boolean = process.getuid?.() === 0;
