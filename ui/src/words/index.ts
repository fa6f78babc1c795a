// Everything the window says. No other file holds a sentence for a person.
// English is the source: another language is an object of the same type.
import { common } from './en/common';
import { consents, fhir } from './en/consents';
import { find } from './en/find';
import { firstRun } from './en/first-run';
import { flow } from './en/flow';
import { hospitals } from './en/hospitals';
import { idCard } from './en/id-card';
import { granted, known } from './en/known';
import { problem } from './en/problem';
import { sharing } from './en/sharing';
import { signIn } from './en/sign-in';
import { steps } from './en/steps';

const en = { common, consents, fhir, find, firstRun, flow, granted, hospitals, idCard, known, problem, sharing, signIn, steps };

export type Words = typeof en;
export const words: Words = en;
