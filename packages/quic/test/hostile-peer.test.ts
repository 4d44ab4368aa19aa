/** An authenticated peer sends frames that no honest one would: quiche behind its guard keeps to the law. */
import { closeSync, openSync } from "node:fs";
import { expect, test } from "vitest";
import { Pair } from "../testing/conformance/index.ts";
import { quicheEngine } from "../src/portable/index.ts";
import { describeHostilePeers } from "./hostile-suite.ts";
import { realContext } from "./real-context.ts";

describeHostilePeers(quicheEngine, realContext.credentials);

test("without a file descriptor for its keys a connection ends with the first packet that could not be judged", async () => {
  const before = quicheEngine.violations["NO_KEYS"]!;
  const pair = withoutDescriptors(() => new Pair(realContext));
  await pair.until(() => pair.client.isClosed, "the client has closed");
  expect(pair.clientEvents.at(-1)).toMatchObject({ kind: "closed", cause: "local", isApplication: false });
  expect(quicheEngine.violations["NO_KEYS"]).toBe(before + 1);
});

/** Does something while the process has all its file descriptors in use. */
function withoutDescriptors<Result>(act: () => Result): Result {
  const open: number[] = [];
  try {
    for (;;) open.push(openSync("/dev/null", "r"));
  } catch {
    return act();
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
}
