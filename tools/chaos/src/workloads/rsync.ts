import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { atPort, type Workload } from "../workload.ts";

const ports = { target: 8730, listen: 18_103 };
const FILES = 120;
const SIZE_MAX = 60_000;
const PAUSE_MS = 500;
/** The rate in kB per second: a transfer takes some seconds, so that faults meet it. */
const RATE = 1_500;

interface RsyncPlan extends Pick<Workload, "ends" | "routes"> {
  readonly host: string;
  readonly target: number;
  readonly listen: number;
  /** Words before those of the client, which run it as another user. */
  readonly as: readonly string[];
}

/** Fetches a tree of files from rsync's daemon, and compares their sums. */
export const rsync: Workload = rsyncTo({
  host: "127.0.0.1",
  ...ports,
  ends: ["a", "d"],
  routes: [{ service: "rsync", target: atPort(ports.target), listen: atPort(ports.listen), way: "lower" }],
  as: [],
});

/** Fetches a tree of files from an address of one's own. */
export function rsyncTo({ host, target, listen, ends, routes, as }: RsyncPlan): Workload {
  return {
    name: "rsync",
    needs: ["rsync"],
    packages: ["rsync"],
    ends,
    unit: "trees",
    routes,
    async prepare(stage) {
      const tree = join(stage.folder, "tree");
      await mkdir(tree);
      for (let file = 0; file < FILES; file++) {
        const folder = join(tree, `folder-${file % 10}`);
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, `file-${file}`), randomBytes(((file * 7_919) % SIZE_MAX) + 1));
      }
      const config = join(stage.folder, "rsyncd.conf");
      await writeFile(config, `use chroot = no\nuid = 0\ngid = 0\n[tree]\npath = ${tree}\nread only = yes\n`);
      const options = ["--daemon", "--no-detach", `--address=${host}`, `--port=${target}`, `--config=${config}`];
      await stage.serve(target, ["rsync", ...options]);
    },
    begin(stage, witness) {
      const copy = join(stage.folder, "copy");
      const work = async (): Promise<void> => {
        const wanted = await sumOf(join(stage.folder, "tree"));
        await stage.repeat(PAUSE_MS, async () => {
          await rm(copy, { recursive: true, force: true });
          const source = `rsync://${host}:${listen}/tree/`;
          const output = await stage.attempt(witness, "a", [...as, "rsync", "-a", `--bwlimit=${RATE}`, source, copy]);
          if (output === undefined) return;
          if ((await sumOf(copy)) === wanted) witness.right();
          else witness.wrong("a tree that rsync says it has copied is another one");
        });
      };
      return { finished: work() };
    },
  };
}

/** The sum of all files of a folder, with their names. */
async function sumOf(folder: string): Promise<string> {
  const hash = createHash("sha256");
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  for (const path of paths.toSorted()) hash.update(path.slice(folder.length)).update(await readFile(path));
  return hash.digest("hex");
}
