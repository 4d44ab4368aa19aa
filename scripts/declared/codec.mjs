// Events and figures of the data threads, for both languages: Rust writes them as bytes, and TypeScript reads them.
//
// A field is its type, a sentence, and its name in Rust where that is not the same: of events the field's, of figures whatever stands behind
// `self`. A `?` behind the name of figures is an option, and `[]` a list. An event is the number of its kind (1), and its fields one behind the
// other; integers are big-endian, texts, bytes and lists stand behind their length (4), and numbers of JavaScript are doubles.

const NUMBER = "number";
/** Types in TypeScript, how they are read there, and types in Rust, where `ToBytes` of native/lane writes them. */
const TYPES = {
  u8: [NUMBER, "reader.uint8()", "u8"],
  u16: [NUMBER, "reader.uint16()", "u16"],
  u32: [NUMBER, "reader.uint32()", "u32"],
  // Below 2^53.
  u64: [NUMBER, "reader.uint64()", "u64"],
  count: [NUMBER, "reader.float64()", "u64"],
  f64: [NUMBER, "reader.float64()", "f64"],
  flag: ["boolean", "reader.flag()", "bool"],
  text: ["string", "reader.text()", "String"],
  bytes: ["Uint8Array", "reader.bytes()", "Vec<u8>"],
  // All bits are set where there is none.
  "u8?": ["number | undefined", "reader.uint8OrNone()", "Option<u8>"],
  "u32?": ["number | undefined", "reader.uint32OrNone()", "Option<u32>"],
  link: [NUMBER, "reader.link()", "Option<u32>"],
  // Below 0 where there is none.
  ms: [NUMBER, "reader.float64()", "Duration"],
  "ms?": ["number | undefined", "reader.float64OrNone()", "Option<Duration>"],
};

/** Texts by path. `threads` has the events, figures and types of each crate; `shared` those of all. */
export function codecFiles({ typescript, shared, threads }) {
  const types = Object.assign({}, shared.types, ...threads.map((thread) => thread.types));
  const figures = [shared, ...threads].flatMap(({ crate, figures }) =>
    Object.entries(figures).map(([name, record]) => ({ name, crate, ...record })),
  );
  const codec = new Codec(types, figures);
  const files = new Map();
  for (const { crate, events } of threads) {
    files.set(`native/made/declared/${crate}/events.rs`, codec.eventsInRust(events));
  }
  for (const crate of new Set(figures.map((record) => record.crate))) {
    const records = figures.filter((record) => record.crate === crate);
    files.set(`native/made/declared/${crate}/figures.rs`, records.map((each) => codec.figuresInRust(each)).join("\n"));
  }
  const imports = Object.values(types)
    .filter(({ from }) => from !== undefined)
    .map(({ typescript, from }) => `import type { ${typescript} } from "${from}";`);
  const parts = [
    'import type { ByteReader } from "../byte-reader.ts";',
    ...imports,
    "",
    ...threads.map(({ events }) => codec.eventsInTypeScript(events)),
    ...figures.map((record) => codec.figuresInTypeScript(record)),
  ];
  files.set(typescript, parts.join("\n"));
  return files;
}

class Codec {
  #types;
  #figures;

  constructor(types, figures) {
    this.#types = types;
    this.#figures = new Map(figures.map((record) => [record.name, record]));
  }

  eventsInTypeScript({ name, groups }) {
    const types = Object.entries(groups).map(([group, kinds]) => {
      const members = Object.entries(kinds).map(([kind, { doc, fields }]) => {
        const lines = this.#flatten(fields).map((field) => property(field, "      "));
        return `  /** ${doc} */\n  | {\n      readonly kind: "${kind}";\n${lines.join("")}    }\n`;
      });
      return `export type ${group} =\n${members.join("")};\n`;
    });
    const kinds = Object.assign({}, ...Object.values(groups));
    const cases = Object.entries(kinds).map(([kind, { kind: number, fields }]) => {
      const values = this.#flatten(fields).map((field) => `, ${field.name}: ${field.read}`);
      return `    case ${number}:\n      return { kind: "${kind}"${values.join("")} };\n`;
    });
    return `export type ${name} = ${Object.keys(groups).join(" | ")};

${types.join("\n")}
/** Undefined: there is no such kind. */
export function read${name}(reader: ByteReader): ${name} | undefined {
  switch (reader.uint8()) {
${cases.join("")}    default:
      return undefined;
  }
}
`;
  }

  figuresInTypeScript({ name, doc, fields }) {
    const flat = this.#flatten(fields);
    return `/** ${doc} */
export interface ${name} {
${flat.map((field) => property(field, "  ")).join("")}}

export function read${name}(reader: ByteReader): ${name} {
  return { ${flat.map((field) => `${field.name}: ${field.read}`).join(", ")} };
}
`;
  }

  eventsInRust({ groups }) {
    const kinds = Object.entries(Object.assign({}, ...Object.values(groups))).map(([name, kind]) => {
      const fields = Object.entries(kind.fields).map(([field, [type, doc, rust]]) => ({
        name: rust ?? snake(field),
        type: TYPES[type]?.[2] ?? this.#types[type].rust,
        doc: doc ?? `Its ${field}.`,
        write:
          type === "u64"
            ? (value) => `out.extend_from_slice(&${value}.to_be_bytes())`
            : (value) => `${value}.write(out)`,
      }));
      return { ...kind, rust: kind.struct ?? kind.rust ?? name[0].toUpperCase() + name.slice(1), fields };
    });
    const variants = kinds.map(({ rust, struct, doc, fields }) => {
      if (struct !== undefined) return `    /// ${doc}\n    ${rust}(${struct}),\n`;
      const lines = fields.map((field) => `        /// ${field.doc}\n        ${field.name}: ${field.type},\n`);
      return `    /// ${doc}\n    ${rust} {\n${lines.join("")}    },\n`;
    });
    const arms = kinds.map(({ kind, rust, struct, fields }) => {
      const place = struct === undefined ? "" : "of.";
      const writes = fields.map((field) => ` ${field.write(place + field.name)};`);
      const names = struct === undefined ? `{ ${fields.map(({ name }) => name).join(", ")} }` : "(of)";
      return `            Self::${rust} ${names} => { out.push(${kind});${writes.join("")} }\n`;
    });
    const structs = kinds.filter(({ struct }) => struct !== undefined);
    return `${structs.map((kind) => structInRust(kind)).join("")}/// Something that a lane tells its owner.
#[derive(Debug)]
pub enum Event {
${variants.join("")}}

impl ToBytes for Event {
    #[rustfmt::skip]
    fn write(&self, out: &mut Vec<u8>) {
        match self {
${arms.join("")}        }
    }
}
`;
  }

  figuresInRust({ rust, fields }) {
    const lines = Object.entries(fields).map(([name, [type, , path]]) => {
      const place = `self.${path ?? snake(name)}`;
      const isOption = type.endsWith("?") && TYPES[type] === undefined;
      return `        ${isOption ? `write_option(${place}.as_ref(), out)` : writeInRust(type, place)};\n`;
    });
    return `impl ToBytes for ${rust} {\n    fn write(&self, out: &mut Vec<u8>) {\n${lines.join("")}    }\n}\n`;
  }

  /** The fields of TypeScript's: what is one value in Rust may be several here. */
  #flatten(fields) {
    return Object.entries(fields).flatMap(([name, [type, doc]]) => {
      const parts = this.#types[type]?.fields;
      return parts === undefined ? [{ name, doc, ...this.#inTypeScript(type) }] : this.#flatten(parts);
    });
  }

  #inTypeScript(type) {
    if (TYPES[type] !== undefined) return { type: TYPES[type][0], read: TYPES[type][1] };
    if (this.#figures.has(type)) return { type, read: `read${type}(reader)` };
    if (type.endsWith("[]")) {
      const each = this.#inTypeScript(type.slice(0, -2));
      return { type: `readonly ${each.type}[]`, read: `reader.list(() => ${each.read})` };
    }
    if (type.endsWith("?")) {
      const one = this.#inTypeScript(type.slice(0, -1));
      return { type: `${one.type} | undefined`, read: `reader.flag() ? ${one.read} : undefined`, isOption: true };
    }
    if (this.#types[type] === undefined) throw new Error(`native/declaration has no type ${type}`);
    const { typescript, read, oneOf } = this.#types[type];
    if (oneOf === undefined) return { type: typescript, read };
    const names = oneOf.map((name) => `"${name}"`);
    return { type: names.join(" | "), read: `reader.oneOf([${names.join(", ")}])` };
  }
}

function property({ name, doc, type, isOption }, indent) {
  return `${doc ? `${indent}/** ${doc} */\n` : ""}${indent}readonly ${name}${isOption ? "?" : ""}: ${type};\n`;
}

/** Has the compiler hold the struct to the type that is declared. A count may be of any size there. */
function writeInRust(type, place) {
  const rust = type === "count" ? undefined : TYPES[type]?.[2];
  return rust === undefined ? `${place}.write(out)` : `${rust.replace("<", "::<")}::write(&${place}, out)`;
}

function structInRust({ struct, doc, fields }) {
  const lines = fields.map((field) => `    /// ${field.doc}\n    pub ${field.name}: ${field.type},\n`);
  return `/// ${doc}\n#[derive(Clone, Copy, Debug)]\npub struct ${struct} {\n${lines.join("")}}\n\n`;
}

function snake(name) {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
