/*
 *   a ───── b ───── c     the tunnel on a is unused while c's cluster vertex is restarted; then the first workload connection finds
 *                         out, and is answered all the same
 */
import { openLab } from "@florenetes/meshlab";
import { describe, expect, test } from "vitest";
import { now } from "../src/monotonic-clock.ts";
import { PATIENCE } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { curl, startFileServer } from "../src/services.ts";

/** A time in which no process runs again: streams that wait longer for the answer of a restarted process are reset. */
const RESTART_MS = 200;
const ATTEMPTS = 20;

describe.skipIf(!isRoot)("a service's cluster vertex that is restarted", () => {
  test("answers the first connection of a tunnel, five times of five", async () => {
    await using lab = await openLab(
      {
        cluster: "restarts",
        nodes: { a: {}, b: {}, c: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }],
        services: { files: { node: "c", target: "tcp://127.0.0.1:8080", allow: ["user/alice"] } },
        tunnels: [
          { node: "a", listen: "tcp://127.0.0.1:18001", as: "user/alice", service: "files", path: ["a", "b", "c"] },
        ],
      },
      { mode: "netns" },
    );
    await lab.up();
    await startFileServer(lab, "c", 8080);
    /** The connection that new streams would go to. */
    const current = async (): Promise<string | undefined> =>
      (await lab.status("a")).clusterFlor?.connections.find(({ state }) => state === "established")?.id;
    let unnoticed = 0;
    for (let attempt = 0; unnoticed < 5; attempt++) {
      expect(attempt, "restarts that were needed").toBeLessThan(ATTEMPTS);
      await expect.poll(current, PATIENCE).toBeDefined();
      const former = await current();
      await lab.kill("c", "cluster-flor");
      lab.start("c", "cluster-flor");
      // The test does not ask the tunnel, which does not know of the restart yet.
      await lab.untilReady();
      await expect
        .poll(async () => (await lab.status("c")).clusterFlor?.links.map(({ state }) => state), { timeout: 10_000 })
        .toEqual(["up"]);
      // The connection may have a successor meanwhile, as its path has another size: the successor has nothing to notice.
      const isFormer = (await current()) === former;
      const askedAt = now();
      const answer = await curl(lab, "a", "http://127.0.0.1:18001/who").catch(() => "none");
      // The machine is so busy that the first packet could have been a former process's.
      if (answer === "none" && now() - askedAt > RESTART_MS) continue;
      expect(answer).toBe("c");
      if (isFormer) unnoticed++;
    }
  });
});
