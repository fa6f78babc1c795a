// Words that more than one screen says.
import type { Ability } from '../../host/bindings';
import { count } from '../format';

export const common = {
  app: 'Consentry',
  windowTitle: (title: string) => `${title} - Consentry`,
  skip: 'Skip to the page',

  next: 'Next',
  back: 'Back',
  goOn: 'Go on',
  cancel: 'Cancel',
  close: 'Close',
  change: 'Change',
  done: 'Done',
  later: 'Later',
  tryAgain: 'Try again',
  copied: 'Copied',
  more: 'More',
  less: 'Less',
  about: (what: string) => `about ${what.toLocaleLowerCase('en')}`,
  loading: 'Getting this ready',

  steps: 'Steps',
  stepDone: 'done',
  stepOf: (now: number, steps: readonly string[]) =>
    now < steps.length ? `Step ${now + 1} of ${steps.length}: ${steps[now] ?? ''}` : `All ${steps.length} steps done`,

  places: {
    label: 'Places',
    sharing: 'Sharing',
    newShare: 'New share',
    hospitals: 'Hospitals',
    needYou: (many: number) => count(many, 'share needs you', 'shares need you'),
  },

  practice: {
    label: 'Practice',
    word: 'PRACTICE',
    line: 'Made-up people. Nothing leaves this computer.',
    leave: 'Leave practice',
    leaving: 'Leaving',
  },

  kinds: (many: number) => count(many, 'kind', 'kinds'),
  records: (many: number) => count(many, 'record', 'records'),

  from: 'From',
  to: 'To',

  abilities: {
    'sign-in': 'Let you sign in',
    'protected-sign-in': 'Protect your sign-in the newer way',
    'stay-signed-in': 'Keep you signed in',
    'save-choices': 'Save your choices',
    'share-and-stop': 'Share, and stop sharing',
    'list-shares': 'List who gets your records',
    'get-records': 'Get records from another hospital',
    'tell-who-looked': 'Say who looked, and when',
    'end-sign-in': 'End your sign-in when you sign out',
  } satisfies Record<Ability, string>,

};
