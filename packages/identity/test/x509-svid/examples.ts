import { constraintExamples } from "./constraints.ts";
import type { Example } from "./example.ts";
import { spiffeIdExamples } from "./spiffe-id.ts";
import { validationExamples } from "./validation.ts";

/** All examples; rules of one name stand together. */
export const examples: readonly Example[] = [...spiffeIdExamples, ...constraintExamples, ...validationExamples];
