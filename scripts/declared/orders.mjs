// Orders to the data threads, for both languages: methods that TypeScript calls, and the enum that they make in Rust.
//
// A field is its type, a sentence, and its name in Rust where that is not the same. A type that is declared is one value of Rust's which several
// parameters of TypeScript's make, by an expression of native/node (`from`). A type that is neither here nor declared is Rust's alone: its order has a
// method that is written by hand (`byHand`), its object a parameter of that name. An order that `isMore` is another way to give one that is there, and one
// that `isLossy` says by false that it was given up. Objects have `?` behind the types of fields that may be missing.

const plain = (name) => name;
/** Types in TypeScript; of parameters and of objects' fields, as napi takes them; in Rust, and how such a value is made. */
const TYPES = {
  u8: ["number", "u8", "u8", "u8", plain],
  u16: ["number", "u16", "u16", "u16", plain],
  u32: ["number", "u32", "u32", "u32", plain],
  size: ["number", "u32", "u32", "usize", (name) => `${name} as usize`],
  count: ["number", "f64", "f64", "u64", (name) => `${name} as u64`],
  f64: ["number", "f64", "f64", "f64", plain],
  flag: ["boolean", "bool", "bool", "bool", plain],
  text: ["string", "String", "String", "String", plain],
  path: ["string", "String", "String", "PathBuf", (name) => `${name}.into()`],
  bytes: ["Uint8Array", "&[u8]", "Uint8Array", "Vec<u8>", (name) => `${name}.to_vec()`],
  link: ["number", "i32", "i32", "Option<u32>", (name) => `u32::try_from(${name}).ok()`],
  ms: ["number", "f64", "f64", "Duration", (name) => `time(${name})`],
  // 49 days at most: a time from now that a clock holds.
  ms32: ["number", "u32", "u32", "Duration", (name) => `std::time::Duration::from_millis(${name}.into())`],
  "ms?": ["number | null", "Option<f64>", "Option<f64>", "Option<Duration>", (name) => `${name}.map(time)`],
  "u32?": ["number | undefined", "Option<u32>", "Option<u32>", "Option<u32>", plain],
  "u32[]": ["Uint32Array", "&[u32]", "Uint32Array", "Vec<u32>", (name) => `${name}.to_vec()`],
  "text[]": ["readonly string[]", "Vec<String>", "Vec<String>", "Vec<String>", plain],
};

/** Texts by path: `typescript` is that of TypeScript's types. `limits` are sections, of which some have a record. */
export function ordersFiles(typescript, threads, limits) {
  const files = new Map();
  const records = limits.filter(({ record }) => record !== undefined);
  const types = threads.map(({ crate, class: name, orders }) => {
    const made = new Orders(orders, records);
    files.set(`native/made/declared/${crate}/orders.rs`, made.inRust());
    files.set(`native/made/declared/node/${crate}_orders.rs`, made.inNode(name));
    return made.inTypeScript(name);
  });
  const imports = records.map(({ record }) => `import type { ${record.typescript} } from "./limits.ts";\n\n`);
  return files.set(typescript, imports.join("") + types.join("\n"));
}

class Orders {
  #types;
  #orders;
  #objects;
  #records;

  constructor({ types, orders, objects }, records) {
    this.#types = types;
    // Only a file whose objects have a record declares it.
    this.#records = records.filter(({ record }) => JSON.stringify(objects).includes(`"${record.typescript}"`));
    this.#orders = Object.entries(orders).map(([name, order]) => ({
      ...order,
      name,
      rust: order.rust ?? name[0].toUpperCase() + name.slice(1),
      fields: this.#fields(order.fields),
    }));
    this.#objects = Object.entries(objects).map(([name, object]) => ({
      ...object,
      name,
      fields: this.#fields(object.fields),
    }));
  }

  inTypeScript(name) {
    const methods = this.#orders.filter(({ byHand }) => !byHand);
    const lines = methods.map(({ name, doc, fields, isLossy }) => {
      const parameters = this.#parameters(fields);
      const told = parameters.filter(({ doc }) => doc).map((each) => `   *  @param ${each.name} ${each.doc}\n`);
      const list = parameters.map((each) => `${each.name}: ${each.typescript}`).join(", ");
      return `  /** ${doc}\n${told.join("")}   */\n  ${name}(${list}): ${isLossy ? "boolean" : "void"};\n`;
    });
    const objects = this.#objects.map(({ name, doc, fields }) => {
      const properties = this.#parameters(fields).map((each) => {
        const isMissing = each.type.endsWith("?");
        const told = each.doc ? `  /** ${each.doc} */\n` : "";
        return `${told}  readonly ${each.name}${isMissing ? "?" : ""}: ${each.typescript.replace(" | undefined", "")}${isMissing ? " | undefined" : ""};\n`;
      });
      return `/** ${doc} */\nexport interface ${name} {\n${properties.join("")}}\n`;
    });
    return `${objects.join("\n")}\nexport interface ${name}Orders {\n${lines.join("")}}\n`;
  }

  /** For the crate of the thread. */
  inRust() {
    const variants = this.#orders
      .filter(({ isMore }) => !isMore)
      .map(({ rust, doc, fields, boxed }) => {
        if (boxed !== undefined) return `    /// ${doc}\n    ${rust}(Box<${boxed}>),\n`;
        const lines = fields.map((field) => `        /// ${field.doc}\n        ${field.rust}: ${field.inRust},\n`);
        return `    /// ${doc}\n    ${rust} {\n${lines.join("")}    },\n`;
      });
    const structs = this.#objects
      .filter(({ rust }) => rust !== undefined)
      .map(({ rust, doc, derives, fields }) => {
        const lines = fields.map((field) => `    /// ${field.doc}\n    pub ${field.rust}: ${field.inRust},\n`);
        const derive = derives === undefined ? "" : `#[derive(${derives})]\n`;
        return `/// ${doc}\n${derive}pub struct ${rust} {\n${lines.join("")}}\n`;
      });
    return `${structs.join("\n")}
/// A thing that the owner of a data thread has it do. All is named by numbers of the owner's choice; a number is one thing's for as long as something may
/// still be said of that.
///
/// Orders are carried out one after the other. One that names what is not there (any more) does nothing: an event that says why is on its way.
pub enum Order {
${variants.join("")}}
`;
  }

  /** For the add-on: methods of a class that has `give`. */
  inNode(name) {
    const methods = this.#orders
      .filter(({ byHand }) => !byHand)
      .map(({ name, rust, fields, isLossy }) => {
        const parameters = this.#parameters(fields).map((each) => `, ${each.rust}: ${each.ofParameter}`);
        const values = fields.map((field) => valueInRust(field));
        const [result, end] = isLossy ? ["bool", ""] : ["()", ".map(drop)"];
        return `    #[napi(catch_unwind)]
    pub fn ${snake(name)}(&mut self${parameters.join("")}) -> Result<${result}> {
        self.give(Order::${rust} { ${values.join(", ")} })${end}
    }
`;
      });
    const objects = this.#objects.map(({ name, doc, rust, fields }) => {
      const parameters = this.#parameters(fields);
      const lines = parameters.map((each) => `    pub ${each.rust}: ${each.ofField},\n`);
      const struct = `/// ${doc}\n#[napi(object)]\npub struct ${name} {\n${lines.join("")}}\n`;
      return rust === undefined ? struct : struct + makerInRust({ name, rust, fields, parameters });
    });
    const records = this.#records.map(({ record, fields }) => this.#recordInNode(record, fields));
    return `#[napi]\nimpl ${name} {\n${methods.join("\n")}}\n\n${[...objects, ...records].join("\n")}`;
  }

  #recordInNode({ typescript, rust }, fields) {
    const rows = Object.entries(fields).map(([name, field]) => {
      const [type] = Object.keys(field);
      const isTime = type === "ms";
      const place = `of.${snake(name)}`;
      const value = isTime ? `time(${place})` : `${place} as ${type}`;
      return { name: snake(name), value: `${snake(isTime ? name.replace(/Ms$/, "") : name)}: ${value}` };
    });
    return `#[napi(object)]
pub struct ${typescript} {
${rows.map(({ name }) => `    pub ${name}: f64,\n`).join("")}}

fn ${snake(rust)}_of(of: &${typescript}) -> ${rust} {
    ${rust} { ${rows.map(({ value }) => value).join(", ")} }
}
`;
  }

  #fields(fields) {
    return Object.entries(fields).map(([name, [type, doc, rust = snake(name)]]) => ({
      name,
      type,
      doc,
      rust,
      ...this.#made(type, rust, name),
    }));
  }

  /** The type of a field in Rust, and how it is made of the parameters. */
  #made(type, rust, name) {
    const own = this.#types[type];
    if (own !== undefined) return { inRust: own.rust, made: own.from };
    if (TYPES[type] !== undefined) return { inRust: TYPES[type][3], made: TYPES[type][4](snake(name)) };
    const record = this.#records.find((each) => each.record.typescript === type)?.record;
    if (record !== undefined) return { inRust: record.rust, made: `${snake(record.rust)}_of(&${rust})` };
    return { inRust: type, made: rust, isOnlyInRust: !type.startsWith("Native") && !type.endsWith("?") };
  }

  /** The parameters of TypeScript: several for some fields, and none for others. */
  #parameters(fields) {
    return fields.flatMap(({ name, type, doc, isOnlyInRust }) => {
      const own = this.#types[type];
      if (own !== undefined) return this.#parameters(this.#fields(own.fields));
      if (isOnlyInRust) return [];
      const one = TYPES[type] ?? TYPES[type.replace("?", "")] ?? [type, type, type];
      const isMissing = type.endsWith("?") && !one[1].startsWith("Option");
      return [
        {
          name,
          type,
          doc,
          rust: snake(name),
          typescript: one[0],
          ofParameter: one[1],
          ofField: isMissing ? `Option<${one[2]}>` : one[2],
        },
      ];
    });
  }
}

/** Makes the struct of the thread's crate of the object, and of what is Rust's alone. */
function makerInRust({ name, rust, fields, parameters }) {
  const more = fields.filter(({ isOnlyInRust }) => isOnlyInRust).map((field) => `, ${field.rust}: ${field.inRust}`);
  const values = fields.map((field) => valueInRust(field));
  return `
fn ${snake(rust)}_of(of: ${name}${more.join("")}) -> Result<${rust}> {
    let ${name} { ${parameters.map((each) => each.rust).join(", ")} } = of;
    Ok(${rust} { ${values.join(", ")} })
}
`;
}

function valueInRust({ rust, made }) {
  return rust === made ? rust : `${rust}: ${made}`;
}

function snake(name) {
  return name
    .replaceAll(/[A-Z]/g, (letter, _, at) => `${at === 0 ? "" : "_"}${letter.toLowerCase()}`)
    .replace(/^_/, "");
}
