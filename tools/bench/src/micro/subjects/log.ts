import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { entriesAfter, LogReader, openSqliteStore, originOf } from "@florenetes/facts/log";
import { repeated, type Subject, type Work } from "../subject.ts";

/** A record of the usual size: a service with three signatures. */
const record = new Uint8Array(900).fill(7);
const ENTRIES = 256;

/** Makes work in a folder that is gone when the process ends. */
function inFolder(make: (folder: string) => Work | Promise<Work>): Work | Promise<Work> {
  const folder = mkdtempSync(join(tmpdir(), "florenetes-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return make(folder);
}

const appends: Subject = {
  name: "log: an append to a file of SQLite",
  operation: "append of one record, flushed to the disk",
  prepare: () =>
    inFolder(async (folder) => {
      const store = openSqliteStore({ path: join(folder, "log.sqlite"), cluster: "bench", name: "main" });
      let { head } = await store.head();
      return async () => {
        const entries = entriesAfter(head, [record]);
        if ((await store.append(head, entries)) !== "done") throw new Error("the head has moved");
        head = entries[0]!;
        return 1;
      };
    }),
};

/** An append's floor: what the store alone takes for the octets of an entry. */
const inserts: Subject = {
  name: "log: a bare insert into a file of SQLite",
  operation: "row of the same octets, flushed to the disk",
  prepare: () =>
    inFolder((folder) => {
      const database = new DatabaseSync(join(folder, "bare.sqlite"));
      database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
      database.exec("CREATE TABLE entries (entry INTEGER PRIMARY KEY, octets BLOB NOT NULL) STRICT");
      const insert = database.prepare("INSERT INTO entries VALUES (?, ?)");
      const { octets } = entriesAfter(originOf("bench", "main"), [record])[0]!;
      let index = 0;
      return repeated(1, () => void insert.run(++index, octets));
    }),
};

const reads: Subject = {
  name: "log: a chain read",
  operation: "entry, from its octets to its record",
  prepare: () => {
    const entries = entriesAfter(
      originOf("bench", "main"),
      Array.from({ length: ENTRIES }, () => record),
    );
    const { index, hash } = entries.at(-1)!;
    const answer = { entries: entries.map(({ octets }) => octets), isCurrent: true };
    return () => {
      let taken = 0;
      const judge = (): undefined => void taken++;
      const reader = new LogReader({ cluster: "bench", name: "main", judge });
      reader.handleHead({ head: { index, hash }, isCurrent: true }, 0);
      reader.handleEntries(answer);
      if (taken !== ENTRIES) throw new Error("entries are missing");
      return taken;
    };
  },
};

export const LOG_SUBJECTS: readonly Subject[] = [appends, inserts, reads];
