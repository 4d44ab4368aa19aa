/*
 *   a ───── b     services on b whose targets are told who has connected, by the PROXY protocol: nginx, and a target that shows all it gets
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Lab, openLab } from "@florenetes/meshlab";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { areInstalled } from "../src/installed.ts";
import { PATIENCE, PATIENCE_MS } from "../src/patience.ts";
import { isRoot } from "../src/root.ts";
import { curl } from "../src/services.ts";

const vectors = new URL("../../apps/cluster-flor/vectors/proxy-headers.json", import.meta.url);
const areThere = areInstalled("targets that are told who has connected", "/usr/sbin/nginx", "socat");

describe.skipIf(!isRoot || !areThere)("a target that is told who has connected", () => {
  let lab: Lab;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "flor-e2e-told-"));
    const service = (port: number) => {
      const proxy = { "proxy-protocol": "v2" } as const;
      return { node: "b", target: `tcp://127.0.0.1:${port}`, allow: ["user/alice"], ...proxy };
    };
    const tunnel = (port: number, name: string) => {
      return { node: "a", listen: `tcp://127.0.0.1:${port}`, as: "user/alice", service: name, path: ["a", "b"] };
    };
    lab = await openLab(
      {
        cluster: "told",
        nodes: { a: {}, b: {} },
        links: [{ between: ["a", "b"] }],
        services: { nginx: service(8_080), raw: service(8_081) },
        tunnels: [tunnel(18_080, "nginx"), tunnel(18_081, "raw")],
      },
      { mode: "netns" },
    );
    await lab.up();
  });
  afterAll(async () => {
    await lab?.down();
    await rm(folder, { recursive: true, force: true });
  });

  test("nginx takes the header for what it is", async () => {
    const config = `
      daemon off;
      worker_processes 1;
      pid ${folder}/pid;
      error_log stderr;
      events { worker_connections 64; }
      http {
        access_log off;
        ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join(" ")}
        server {
          listen 127.0.0.1:8080 proxy_protocol;
          location / { return 200 "from $remote_addr"; }
        }
      }`;
    await writeFile(join(folder, "nginx.conf"), config);
    lab.spawn("b", ["/usr/sbin/nginx", "-e", "stderr", "-c", join(folder, "nginx.conf")], { stdio: "ignore" });
    const answer = (): Promise<string> => curl(lab, "a", "http://127.0.0.1:18080/").catch(() => "none yet");
    await expect.poll(answer, PATIENCE).toBe("from 127.0.0.1");
  });

  test("the principal stands before all bytes of the workload", async () => {
    const { headers } = JSON.parse(await readFile(vectors, "utf8")) as {
      headers: { principal: string; hex: string }[];
    };
    const header = Buffer.from(headers.find(({ principal }) => principal === "user/alice")!.hex, "hex");
    const file = join(folder, "heard");
    lab.spawn("b", ["socat", "-u", "TCP-LISTEN:8081,bind=127.0.0.1,reuseaddr", `CREATE:${file}`], { stdio: "ignore" });
    const say = async (): Promise<Buffer> => {
      const argv = ["bash", "--norc", "-c", "echo question | socat -u STDIN TCP:127.0.0.1:18081"];
      await lab.exec("a", argv, { timeoutMs: PATIENCE_MS });
      return readFile(file).catch(() => Buffer.alloc(0));
    };
    await expect.poll(say, PATIENCE).toEqual(Buffer.concat([header, Buffer.from("question\n")]));
  });
});
