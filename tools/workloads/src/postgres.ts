import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { now } from "./clock.ts";
import type { ServerPlace } from "./server-place.ts";

const versions = "/usr/lib/postgresql";
/** The server has so long to become ready, in milliseconds, once it listens. */
const READY_MS_MAX = 30_000;
const POLL_MS = 50;

/** The folder with the programs of the newest PostgreSQL from Debian, if one is installed. */
export const postgresPrograms: string = findPrograms();

function findPrograms(): string {
  if (!existsSync(versions)) return versions;
  const folders = readdirSync(versions)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(versions, version, "bin"));
  return folders.find((folder) => existsSync(join(folder, "postgres"))) ?? versions;
}

/**
 * Starts PostgreSQL on loopback, without passwords, with its data in the place's folder. The server may be killed: its shared memory is in
 * files there, and in an IPC namespace of its own. It is ready when this resolves.
 *
 * @param socketFolder a new folder, for the server's Unix socket
 */
export async function startPostgres(place: ServerPlace, port: number, socketFolder: string): Promise<ChildProcess> {
  // The server refuses to run as root. unshare and setpriv keep the process, so that signals reach the server itself.
  const asPostgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"];
  const data = join(place.folder, "postgres");
  for (const folder of [data, socketFolder])
    await place.prepare("install", "-d", "-o", "postgres", "-g", "postgres", "-m", "0700", folder);
  const init = ["--auth=trust", "--username=postgres", "--locale=C", "--encoding=UTF8", "--no-sync"];
  await place.prepare(...asPostgres, join(postgresPrograms, "initdb"), "-D", data, ...init);
  // The disk is not tested here: the server need not wait for it.
  const settings = [
    "fsync=off",
    "dynamic_shared_memory_type=mmap",
    `unix_socket_directories=${socketFolder}`,
    "listen_addresses=127.0.0.1",
    `port=${port}`,
  ];
  const options = settings.flatMap((setting) => ["-c", setting]);
  const program = join(postgresPrograms, "postgres");
  const server = await place.serve(port, ["unshare", "--ipc", ...asPostgres, program, "-D", data, ...options]);
  // The server listens before it is ready, and refuses until then.
  await waitUntilReady(() =>
    place.prepare(join(postgresPrograms, "pg_isready"), "-h", "127.0.0.1", "-p", String(port)),
  );
  return server;
}

async function waitUntilReady(ask: () => Promise<string>): Promise<void> {
  const deadline = now() + READY_MS_MAX;
  for (;;) {
    try {
      await ask();
      return;
    } catch (error) {
      if (now() > deadline) throw error;
    }
    await sleep(POLL_MS);
  }
}
