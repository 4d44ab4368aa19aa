// Constants of both languages, of what native/declaration/limits declares.
//
// A section names the folder of TypeScript's and the crate of Rust's that have its limits; without a crate they are TypeScript's alone. A limit
// has its name in TypeScript, its type in Rust with its value, and a sentence; in Rust it has the name that `rust` says, or its own. Of type `ms` are
// times in milliseconds, which are a `Duration` in Rust, where the name has no MS. A section with a `record` has the defaults of fields that are set
// at run time: an interface and an object in TypeScript, a struct and its `Default` in Rust.

/** Crates that show their limits to nobody. */
const PRIVATE = new Set(["engine"]);

/** Texts by path. */
export function limitsFiles(sections) {
  const files = new Map();
  for (const section of sections) {
    const typescript = `${section.typescript}/generated/limits.ts`;
    add(files, typescript, section.record ? recordInTypeScript(section) : constantsInTypeScript(section));
    if (section.rust === undefined) continue;
    const rust = `native/made/declared/${section.rust}/limits.rs`;
    add(files, rust, section.record ? recordInRust(section) : constantsInRust(section));
  }
  return files;
}

function add(files, path, text) {
  files.set(path, (files.get(path) ?? "") + text);
}

function constantsInTypeScript({ limits }) {
  const lines = Object.entries(limits).map(([name, limit]) => {
    const { value } = valueOf(limit);
    const [type, text] = Array.isArray(value)
      ? [": readonly number[]", `[${value.map(number).join(", ")}]`]
      : ["", number(value)];
    return `/** ${limit.doc} */\nexport const ${name}${type} = ${text};\n`;
  });
  return lines.join("");
}

function constantsInRust({ rust, limits }) {
  const visibility = PRIVATE.has(rust) ? "pub(crate)" : "pub";
  const names = new Map(Object.entries(limits).map(([name, limit]) => [name, limit.rust ?? withoutMs(name)]));
  const lines = Object.entries(limits).map(([name, limit]) => {
    const doc = limit.doc.replaceAll(/`([A-Z_]+)`/g, (_, each) => `\`${names.get(each) ?? each}\``);
    const { type, value } = valueOf(limit);
    const [rustType, text] = Array.isArray(value)
      ? [`[${typeInRust(type)}; ${value.length}]`, `[${value.map((each) => inRust(type, each)).join(", ")}]`]
      : [typeInRust(type), inRust(type, value)];
    return `/// ${doc}\n${visibility} const ${names.get(name)}: ${rustType} = ${text};\n`;
  });
  return lines.join("");
}

function recordInTypeScript({ record, doc, fields }) {
  const types = Object.entries(fields).map(([name, field]) => `  /** ${field.doc} */\n  readonly ${name}: number;\n`);
  const values = Object.entries(fields).map(([name, field]) => `  ${name}: ${number(valueOf(field).value)},\n`);
  return `/** ${doc} */
export interface ${record.typescript} {
${types.join("")}}

/** The limits that hold by default. */
export const ${record.defaults}: ${record.typescript} = {
${values.join("")}};
`;
}

function recordInRust({ record, doc, fields }) {
  const rows = Object.entries(fields).map(([name, field]) => ({ name: fieldInRust(name), field, ...valueOf(field) }));
  const types = rows.map(({ name, field, type }) => `    /// ${field.doc}\n    pub ${name}: ${typeInRust(type)},\n`);
  const values = rows.map(({ name, type, value }) => `            ${name}: ${inRust(type, value)},\n`);
  return `/// ${doc}
#[derive(Clone, Copy, Debug)]
pub struct ${record.rust} {
${types.join("")}}

impl Default for ${record.rust} {
    fn default() -> Self {
        Self {
${values.join("")}        }
    }
}
`;
}

/** Its type, which is its first key, and its value. */
function valueOf(limit) {
  const [[type, value]] = Object.entries(limit);
  return { type, value };
}

function typeInRust(type) {
  return type === "ms" ? "std::time::Duration" : type;
}

function inRust(type, value) {
  if (type === "ms") return `std::time::Duration::from_millis(${number(value)})`;
  return type === "f64" ? `${value}_f64` : number(value);
}

/** A number as both languages write it: 65_536. */
function number(value) {
  const [whole, part] = String(value).split(".");
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, "_");
  return part === undefined ? grouped : `${grouped}.${part}`;
}

/** `DRAIN_MS` is `DRAIN`, and `QUEUED_MS_MAX` is `QUEUED_MAX`. */
function withoutMs(name) {
  return name.replace(/_MS(?=_|$)/, "");
}

function fieldInRust(name) {
  return name.replace(/Ms$/, "").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
