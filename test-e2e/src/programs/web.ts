import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { areInstalled } from "../installed.ts";
import { PATIENCE_MS } from "../patience.ts";
import { MEGABYTE } from "../services.ts";
import { overTcp, type Ports, type Program } from "./program.ts";
import type { ProgramMesh } from "./program-mesh.ts";

export const webPorts: Ports = { target: 8080, tunnel: 18_004 };
const SMALL = 1_000;
const LARGE = 100_000;
const SIZE = 10 * MEGABYTE;
const CLIENTS = 20;

const loads = [
  { keepAlive: true, least: CLIENTS, most: 1000, kind: "1 kB", file: "small", size: SMALL },
  { keepAlive: false, least: CLIENTS, most: 500, kind: "1 kB", file: "small", size: SMALL },
  { keepAlive: true, least: 2, most: 100, kind: "100 kB", file: "large", size: LARGE },
  { keepAlive: false, least: 2, most: 100, kind: "100 kB", file: "large", size: LARGE },
];

/** Load generators against nginx. */
export const web: Program = {
  name: "nginx",
  needs: ["/usr/sbin/nginx"],
  services: () => ({ web: overTcp(webPorts) }),
  bytes: SIZE,
  describe(mesh, bytes) {
    const url = `http://127.0.0.1:${webPorts.tunnel}`;
    beforeAll(() => startNginx(mesh));

    describe.skipIf(!areInstalled("ab against nginx", "ab"))("ab", () => {
      const scaled = loads.map((load) => {
        const requests = Math.max(load.least, Math.ceil((load.most * bytes) / SIZE));
        return { ...load, requests, name: `${requests.toLocaleString("en")} requests for ${load.kind}` };
      });
      test.each(scaled)("$name, keep-alive: $keepAlive", async ({ keepAlive, requests, file, size }) => {
        const argv = [
          "ab",
          "-q",
          "-n",
          String(requests),
          "-c",
          String(Math.min(CLIENTS, requests)),
          "-s",
          "20",
          ...(keepAlive ? ["-k"] : []),
          `${url}/${file}`,
        ];
        const figures = figuresOf(await mesh.run(argv));
        expect(figures).toMatchObject({
          "Complete requests": requests,
          "Failed requests": 0,
          "HTML transferred": requests * size,
        });
        expect(figures["Non-2xx responses"] ?? 0).toBe(0);
        expect(figures["Write errors"] ?? 0).toBe(0);
        if (keepAlive) expect(figures["Keep-Alive requests"]).toBeGreaterThan(requests * 0.9);
      });
    });

    describe.skipIf(!areInstalled("wrk against nginx", "wrk"))("wrk", () => {
      test.each([{ connection: "keep-alive" }, { connection: "close" }])(
        "a second or more, $connection",
        async ({ connection }) => {
          const argv = ["wrk", "--threads", "2", "--connections", "32", "--duration", "1s", "--timeout", "10s"];
          const least = (100 * bytes) / SIZE;
          let requests = 0;
          // A busy machine gets few requests through in a second.
          for (let second = 0; requests <= least && second < PATIENCE_MS / 1_000; second++) {
            const output = await mesh.run([...argv, "--header", `Connection: ${connection}`, `${url}/small`]);
            // wrk mentions errors only if there were any.
            expect(output).not.toMatch(/errors|Non-2xx/);
            requests += Number(/(\d+) requests in/.exec(output)?.[1]);
          }
          expect(requests).toBeGreaterThan(least);
        },
      );
    });
  },
};

async function startNginx(mesh: ProgramMesh): Promise<void> {
  const folder = join(mesh.folder, "nginx");
  await mkdir(folder);
  await writeFile(join(folder, "small"), Buffer.alloc(SMALL, "s"));
  await writeFile(join(folder, "large"), Buffer.alloc(LARGE, "l"));
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const config = `
    daemon off;
    worker_processes 1;
    pid ${folder}/pid;
    error_log stderr;
    events { worker_connections 1024; }
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${folder}/temporary;`).join("\n")}
      server {
        listen 127.0.0.1:${webPorts.target};
        root ${folder};
      }
    }`;
  await writeFile(join(folder, "config"), config);
  await mesh.serve(webPorts.target, ["/usr/sbin/nginx", "-p", folder, "-c", join(folder, "config"), "-e", "stderr"]);
}

/** The lines `name:   number …` of ab's report. */
function figuresOf(report: string): Record<string, number> {
  return Object.fromEntries(
    [...report.matchAll(/^([\w -]+):\s+(\d+)/gm)].map(([, name, value]) => [name!, Number(value)]),
  );
}
