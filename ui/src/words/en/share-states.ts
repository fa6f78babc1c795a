/** Each state of a share in words: the word that is shown, the sentence after it, the title of the share's page. */
import type { Rung, ShareState, ShareView, Step, StepState } from '../../host/bindings';
import { count } from '../format';
import { named, say, type Named, type Sentence } from '../sentence';
import { day, dayOfMoment, daysLeft, moment } from './when';

/** The hospital that has the records. */
export const from = (share: ShareView): Named => named(share.from.name);
/** The hospital that gets them. */
export const to = (share: ShareView): Named => named(share.to.name);
/** How far a step of the set-up is. */
export const stepState = (share: ShareView, step: Step): StepState =>
  share.steps.find((one) => one.step === step)?.state ?? 'later';
/** When a rung of the proof was reached; `null` when it was not. */
export const provenAt = (share: ShareView, rung: Rung): string | null =>
  share.proof.find((one) => one.rung === rung && one.state === 'proven')?.at ?? null;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** The highest rung of the proof that is reached, counted from 1; 0 when nothing is proven. */
export function rungsReached(share: ShareView): number {
  return share.proof.findLastIndex((one) => one.state === 'proven') + 1;
}

/** Whether every line of the comparison that a side tells agrees with what was picked, and it tells of one. */
export type Agreement = 'both' | 'source' | 'none';

interface StateWords {
  /** The word that is shown, with its full stop. */
  readonly word: (share: ShareView) => string;
  /** What it means, in one or two sentences. */
  readonly sentence: (share: ShareView, now: Date, agreement: Agreement) => Sentence;
  /** The title of the share's own page. */
  readonly title: (share: ShareView) => Sentence;
}

const canGet = (share: ShareView): Sentence =>
  share.kinds.length === 0
    ? say`${to(share)} can get your records from ${from(share)}.`
    : say`${to(share)} can get ${count(share.kinds.length, 'kind', 'kinds')} of your records from ${from(share)}.`;

const agreed = (share: ShareView, agreement: Agreement): Sentence => {
  if (agreement === 'both') return say`Both sides agree.`;
  if (agreement === 'source') return say`${from(share)} has it as you picked it.`;
  return say`${from(share)} lists it.`;
};

/** Why a stop is not proven. */
export const whyNotStopped = (share: ShareView): Sentence => {
  switch (share.problem?.what) {
    case 'still-listed':
      return say`${from(share)} said stopped, but still lists it.`;
    case 'unreachable':
      return say`We could not reach ${from(share)}.`;
    case 'sign-in-needed':
    case 'not-allowed':
      return say`${from(share)} needs you to sign in first.`;
    case 'ehr-trouble':
    case 'too-busy':
      return say`${from(share)} is having trouble.`;
    default:
      return say`${from(share)} did not confirm the stop.`;
  }
};

/** One row for each state. A state without words does not compile. */
export const states: Record<ShareState, StateWords> = {
  'setting-up': {
    word: (share) => (share.takingBack ? 'Taking it back.' : 'Setting up.'),
    sentence: (share) =>
      share.takingBack
        ? say`We are undoing what was done at ${from(share)}.`
        : say`We are asking ${from(share)} to let ${to(share)} get your records.`,
    title: (share) =>
      share.takingBack ? say`Taking back your share with ${to(share)}.` : say`Setting up your share with ${to(share)}.`,
  },
  'half-done': {
    word: () => 'Half done.',
    sentence: (share) => {
      if (share.takingBack) return say`We could not undo all of it yet.`;
      const allowed = stepState(share, 'authorize');
      if (allowed === 'done') {
        return share.problem?.what === 'unreachable'
          ? say`${from(share)} said yes. ${to(share)} did not answer.`
          : say`${from(share)} said yes. ${to(share)} did not.`;
      }
      if (allowed === 'not-known' || stepState(share, 'file-consent') === 'not-known') {
        return say`We do not know if our last call reached ${from(share)}.`;
      }
      return stepState(share, 'file-consent') === 'done'
        ? say`${from(share)} saved your choices, but did not say yes yet.`
        : say`${from(share)} has not saved your choices yet.`;
    },
    title: (share) => say`Your share with ${to(share)} is half done.`,
  },
  on: {
    word: () => 'On.',
    sentence: (share, _now, agreement) => agreed(share, agreement),
    title: canGet,
  },
  'on-check-this': {
    word: () => 'On \u2013 check this.',
    sentence: (share) => say`${from(share)} lists it with an error.`,
    title: canGet,
  },
  'ends-soon': {
    word: () => 'Ends soon.',
    sentence: (share, now) => {
      if (share.lastDay === null) return say`It has 14 days or fewer to go.`;
      const left = daysLeft(share.lastDay, now);
      if (left <= 0) return say`Today is the last day.`;
      return left === 1 ? say`Tomorrow is the last day.` : say`In ${left} days.`;
    },
    title: canGet,
  },
  'more-than-picked': {
    word: () => 'More than you picked.',
    sentence: (share) =>
      say`You picked ${count(share.kinds.length, 'kind', 'kinds')}. ${from(share)} gave more. We suggest you stop this now.`,
    title: (share) => say`${from(share)} gave ${to(share)} more than you picked.`,
  },
  stopping: {
    word: () => 'Stopping.',
    sentence: (share) =>
      provenAt(share, 'said-so') === null
        ? say`We asked ${from(share)}. ${to(share)} may still get records.`
        : say`${from(share)} said stopped. We look again to be sure.`,
    title: (share) => say`Stopping your share with ${to(share)}.`,
  },
  'not-stopped': {
    word: () => 'NOT stopped.',
    sentence: (share) => say`${whyNotStopped(share)} ${to(share)} may still get records.`,
    title: () => say`NOT stopped.`,
  },
  stopped: {
    word: () => 'Stopped.',
    sentence: (share, now) => {
      const at = provenAt(share, 'not-listed') ?? provenAt(share, 'said-so');
      const reached = rungsReached(share);
      return at === null ? [] : say`${capital(dayOfMoment(at, now))}. Proven to step ${reached} of ${share.proof.length}.`;
    },
    title: () => say`Stopped.`,
  },
  ended: {
    word: () => 'Ended.',
    sentence: (share) =>
      share.lastDay === null ? say`Its time ran out.` : say`${day(share.lastDay)}, on the day you picked.`,
    title: (share) => say`Your share with ${to(share)} ended.`,
  },
  'gone-elsewhere': {
    word: () => 'Not listed any more.',
    sentence: (share) => share.way === 'filed' ? say`Your choices are not on file at ${from(share)} now. You did not take them back from here.` : say`${from(share)} does not list it now. You did not stop it from here.`,
    title: (share) => say`${from(share)} does not list ${to(share)} any more.`,
  },
  'nothing-shared': {
    word: () => 'Nothing was shared.',
    sentence: (share) => {
      switch (share.problem?.what) {
        case 'authorize-refused':
          return say`${from(share)} said no to ${to(share)}.`;
        case 'consent-refused':
          return say`${from(share)} did not take your choices.`;
        case 'no-id-card':
        case 'id-card-wrong':
          return say`We could not be sure of ${to(share)}.`;
        default:
          return share.steps.some((one) => one.state === 'undone')
            ? say`You took it back.`
            : say`It did not get as far as a yes from ${from(share)}.`;
      }
    },
    title: (share) =>
      share.problem?.what === 'authorize-refused'
        ? say`${from(share)} said no to ${to(share)}.`
        : say`Nothing was shared with ${to(share)}.`,
  },
  'not-from-here': {
    word: () => 'Not from here.',
    sentence: (share) =>
      share.known
        ? say`You said that you know this one.`
        : say`You did not start this one from this computer.`,
    title: (share) => say`${to(share)} can get records from ${from(share)}. You did not start that here.`,
  },
  'on-unlisted': {
    word: () => 'Set up.',
    sentence: (share) => say`${from(share)} keeps no list, so it cannot be shown here.`,
    title: canGet,
  },
  'on-file': {
    word: () => 'On file.',
    sentence: (share) => say`${from(share)} keeps your choices. It does not tell what it does with them.`,
    title: (share) => say`${from(share)} has your choices for ${to(share)} on file.`,
  },
  'asked-to-stop': {
    word: () => 'Asked to stop.',
    sentence: (share) => say`That cannot be shown here. To be sure, call ${from(share)}.`,
    title: () => say`Asked to stop. Not shown to be stopped.`,
  },
  'cannot-check': {
    word: () => 'Can\u2019t check.',
    sentence: (share, now) => {
      const last = share.asOf === null ? '' : ` since ${moment(share.asOf, now)}`;
      return share.moves.includes('sign-in-from')
        ? say`You are signed out of ${from(share)}${last}.`
        : say`We could not ask ${from(share)}${last}.`;
    },
    title: (share) => say`We cannot check if ${to(share)} can get your records.`,
  },
};
