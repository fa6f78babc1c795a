// Everything the window says. No other file holds a sentence for a person.
// English is the source: another language is an object of the same type.
import { common } from './en/common';
import { firstRun } from './en/first-run';
import { flow } from './en/flow';
import { hospitals } from './en/hospitals';
import { problem } from './en/problem';
import { sharing } from './en/sharing';

const en = { common, firstRun, flow, hospitals, problem, sharing };

export type Words = typeof en;
export const words: Words = en;
