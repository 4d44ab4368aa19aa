/** A server of the native engine that takes clients' certificates for some time after their ends, and what it refuses all the same. */
import { describe, expect, test } from "vitest";
import { Pair, type PairOptions } from "../testing/conformance/index.ts";
import { makeCertificate } from "./certificate-maker.ts";
import { credentialsOf } from "./credentials.ts";
import { nativeContext } from "./native-context.ts";

const DAY_MS = 86_400_000;
const EXPIRED = 0x100 + 45;

const context = nativeContext(1);

/** How the server's end of a handshake began, or with which code it ended. */
function outcome(options: PairOptions): "established" | number {
  const pair = new Pair(context!, options);
  pair.settle();
  const closed = pair.serverEvents.find((event) => event.kind === "closed");
  return closed?.kind === "closed" ? closed.code : "established";
}

describe.skipIf(context === undefined)("a client's certificate that ended nine days ago", () => {
  test.each([
    [undefined, EXPIRED],
    [0, EXPIRED],
    [8 * DAY_MS, EXPIRED],
    [10 * DAY_MS, "established"],
  ] as const)("with %s ms after the end: %s", (clientEndedMs, expected) => {
    expect(outcome({ clientCredentials: context!.credentials.expired, server: { clientEndedMs } })).toBe(expected);
  });

  test("one set of credentials serves both kinds of servers at a time", () => {
    const endings = [10 * DAY_MS, 0, 10 * DAY_MS, 0];
    const outcomes = endings.map((clientEndedMs) =>
      outcome({ clientCredentials: context!.credentials.expired, server: { clientEndedMs } }),
    );
    expect(outcomes).toEqual(["established", EXPIRED, "established", EXPIRED]);
  });

  test("a certificate of another CA, and one that is not valid yet, are refused as ever", () => {
    const { foreign, notYetValid } = context!.credentials;
    for (const credentials of [foreign, notYetValid]) {
      const server = { clientEndedMs: 10 * DAY_MS };
      expect(outcome({ clientCredentials: credentials, server })).not.toBe("established");
    }
  });

  test("a server's certificate that has ended is refused by a client that would take clients'", () => {
    const pair = new Pair(context!, {
      serverCredentials: context!.credentials.expired,
      client: { clientEndedMs: 10 * DAY_MS },
    });
    pair.settle();
    expect(pair.clientEvents).toContainEqual(expect.objectContaining({ kind: "closed", code: EXPIRED }));
  });
});

describe.skipIf(context === undefined)("a client's CA, where its certificate may have ended ten days ago", () => {
  const root = makeCertificate({ name: "root", isCa: true, days: [-50, 50] });
  const first = makeCertificate({ name: "middle", isCa: true, days: [-30, 30] }, root);
  const middle = (from: number, to: number) =>
    makeCertificate({ name: "middle", isCa: true, days: [from, to], keyOf: first }, root);

  test.each([
    ["is good since before", [-12, -9], [first], "established"],
    ["was made after the certificate's end", [-12, -9], [middle(-5, 30)], EXPIRED],
    ["was made then, beside the former one", [-12, -9], [middle(-5, 30), first], "established"],
    [
      "was made then, beside the former one, which has ended",
      [-12, -9],
      [middle(-5, 30), middle(-30, -2)],
      "established",
    ],
    ["had ended before the certificate", [-12, -9], [middle(-30, -10)], EXPIRED],
    // Whoever asks for ended certificates looks at the CAs by itself: `judgePeer` refuses these two.
    ["has ended after the certificate", [-12, -9], [middle(-30, -2)], "established"],
    ["has ended below a certificate that is good", [-12, 9], [middle(-30, -2)], "established"],
  ] as const)("%s", (_, days, between, expected) => {
    const leaf = makeCertificate({ name: "leaf", days }, first);
    const trustBundlePem = context!.credentials.client.trustBundlePem + root.pem;
    const clientCredentials = { ...credentialsOf(leaf, root, between), trustBundlePem };
    const serverCredentials = { ...context!.credentials.server, trustBundlePem };
    const server = { clientEndedMs: 10 * DAY_MS };
    expect(outcome({ clientCredentials, serverCredentials, server })).toBe(expected);
  });
});
