/** Holds answers of the control API against its OpenAPI document, as a client made of the document would read them. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

interface Answer {
  readonly method: string;
  /** With the part behind `?`. */
  readonly path: string;
  readonly status: number;
  /** The content type. */
  readonly type: string;
  readonly text: string;
}

interface Reference {
  readonly $ref?: string;
}
interface Response extends Reference {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}
interface Document {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, Response>> }>>>
  >;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly responses: Readonly<Record<string, Response>>;
  };
}

export class DocumentCheck {
  /** Sentences about answers that are not as the document has them. */
  readonly differences: string[] = [];
  /** Answers that were held against it. */
  count = 0;
  readonly #document: Document;
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false });
  readonly #schemas = new Map<object, ValidateFunction>();

  constructor(document: unknown) {
    this.#document = document as Document;
  }

  check({ method, path, status, type, text }: Answer): void {
    const place = path.split("?")[0]!.split("/");
    const isAt = (known: string): boolean => {
      const parts = known.split("/");
      return parts.length === place.length && parts.every((part, at) => part.startsWith("{") || part === place[at]);
    };
    const [, operations] = Object.entries(this.#document.paths).find(([known]) => isAt(known)) ?? [];
    const operation = operations?.[method.toLowerCase()];
    // A path that is not there is answered by a problem, of which no operation tells.
    if (operation === undefined) return;
    this.count++;
    const fault = this.#faultOf(operation.responses, status, type.split(";")[0]!, text);
    if (fault !== undefined) this.differences.push(`${method} ${path}: ${status}: ${fault}`);
  }

  #faultOf(
    responses: Readonly<Record<string, Response>>,
    status: number,
    type: string,
    text: string,
  ): string | undefined {
    const found = responses[status] ?? responses[`${Math.floor(status / 100)}XX`] ?? responses["default"];
    const response =
      found?.$ref === undefined ? found : this.#document.components.responses[found.$ref.split("/").at(-1)!];
    if (response === undefined) return "the document has no such status";
    if (response.content === undefined) return text === "" ? undefined : "the document has no body";
    const schema = response.content[type]?.schema;
    if (schema === undefined) return `the document has no ${type}`;
    if (!type.endsWith("json")) return undefined;
    const validate = this.#validatorOf(schema);
    return validate(JSON.parse(text)) ? undefined : this.#ajv.errorsText(validate.errors);
  }

  #validatorOf(schema: object): ValidateFunction {
    let validate = this.#schemas.get(schema);
    if (validate === undefined) {
      validate = this.#ajv.compile({ ...schema, components: this.#document.components });
      this.#schemas.set(schema, validate);
    }
    return validate;
  }
}
