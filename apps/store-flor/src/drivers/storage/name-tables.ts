/** The tables of a file of names. */

/** Tells files of this program from others (`FLSN`). */
export const APPLICATION_ID = 0x46_4c_53_4e;
export const TABLES_VERSION = 2;

/** `named` has each shard that a live entry names, with how many times it is named; `unnamed` such as lost their last names, and when. */
export const TABLES: string = `
  CREATE TABLE state (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE entries (
    change INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, turn INTEGER NOT NULL, gone INTEGER NOT NULL,
    shards BLOB NOT NULL, octets INTEGER NOT NULL, note TEXT, written INTEGER NOT NULL, by TEXT NOT NULL
  ) STRICT;
  CREATE INDEX gone_entries ON entries (written) WHERE gone = 1;
  CREATE TABLE named (hash BLOB PRIMARY KEY, size INTEGER NOT NULL, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE unnamed (hash BLOB PRIMARY KEY, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX since_of_unnamed ON unnamed (since);
  CREATE TABLE reports (
    name TEXT NOT NULL, node TEXT NOT NULL, turn INTEGER NOT NULL, gone INTEGER NOT NULL, content TEXT NOT NULL,
    written INTEGER NOT NULL, told INTEGER NOT NULL, PRIMARY KEY (name, node)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX nodes_of_reports ON reports (node);
  CREATE INDEX gone_reports ON reports (written) WHERE gone = 1;
  CREATE TABLE open (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${TABLES_VERSION};
`;
