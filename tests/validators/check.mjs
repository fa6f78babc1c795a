// Judges FHIR R4 resources by the `fhir` package (FHIR.js), which nobody of this project wrote: structure, cardinality of
// the outer elements, primitive formats and the codes of required value sets.
//
// One JSON line in for each document: its number and the resource. One JSON line out: the number, and what is wrong with
// it, or null. The first argument is the folder in which the package is installed.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import process from 'node:process';

const { Fhir } = createRequire(join(process.argv[2], 'package.json'))('fhir');
const fhir = new Fhir();

function wrong(resource) {
  try {
    const { valid, messages } = fhir.validate(resource, { errorOnUnexpected: true });
    if (valid) return null;
    const errors = messages.filter((message) => message.severity === 'error' || message.severity === 'fatal');
    return errors.map((message) => `${message.location}: ${message.message}`).join('; ').slice(0, 600) || 'not valid';
  } catch (error) {
    return `${error}`;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { number, resource } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify({ number, wrong: wrong(resource) })}\n`);
}
