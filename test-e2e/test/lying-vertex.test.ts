/*
 *   a ───── b ───── c        b has a valid certificate and no manners: it answers questions of traces under the name of c
 */
import { openLab } from "@florenetes/meshlab";
import { expect, test } from "vitest";
import { MaliciousVertex } from "../src/attackers/malicious-vertex.ts";
import { traceFrom } from "../src/found-faults.ts";
import { PATIENCE } from "../src/patience.ts";

const TUNNEL = "tcp://127.0.0.1:0";

test("a vertex that answers under another one's name is told", async () => {
  await using lab = await openLab({
    cluster: "lies",
    nodes: { a: {}, b: {}, c: {} },
    links: [{ between: ["a", "b"] }, { between: ["c", "b"] }],
    services: { web: { node: "c", target: "self:echo", allow: ["user/alice"] } },
    tunnels: [{ node: "a", listen: TUNNEL, as: "user/alice", service: "web", path: ["a", "b", "c"] }],
  });
  await lab.up();
  const before = { code: 0, vertices: ["b", "c"], proofs: ["signed", "signed"] };
  expect(await traceFrom(lab, "a", "web")).toMatchObject(before);
  using b = await MaliciousVertex.replace(lab, "b");
  b.answerAs("c");
  const lie = /^somebody on the way lies: an answer that names c is signed by b, at hop 1/;
  const found = { code: 1, text: expect.stringMatching(lie) as string, proofs: ["forged", "signed"] };
  await expect.poll(() => traceFrom(lab, "a", "web"), PATIENCE).toMatchObject(found);
  b.answerAs("b");
  await expect.poll(() => traceFrom(lab, "a", "web"), PATIENCE).toMatchObject(before);
});
