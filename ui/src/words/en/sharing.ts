/** Words of home, of one share, of stopping and of what a stop has proven. */
import type {
  Happened,
  Move,
  Rung,
  RungState,
  SaidBy,
  Says,
  ShareView,
  SharingView,
  TruthFact,
} from '../../host/bindings';
import { count, number } from '../format';
import { join, named, say, type Sentence } from '../sentence';
import { from, provenAt, rungsReached, states, stepState, to, whyNotStopped } from './share-states';
import { day, daysLeft, moment, since } from './when';

const move: Record<Move, (share: ShareView) => Sentence> = {
  finish: () => say`Finish now`,
  'take-back': () => say`Take it back`,
  stop: () => say`Stop sharing`,
  'try-stop-again': () => say`Try now`,
  'sign-in-from': (share) => say`Sign in to ${from(share)}`,
  'sign-in-to': (share) => say`Sign in to ${to(share)}`,
  'know-it': () => say`I know this one`,
  'share-again': () => say`Share again`,
};

const rung: Record<Rung, Record<RungState, (share: ShareView) => Sentence>> = {
  'said-so': {
    proven: (share) => say`${from(share)} said: stopped`,
    waiting: (share) => say`Not yet: ${from(share)} says it is stopped`,
    'cannot-show': (share) => say`${from(share)} does not answer a stop in words`,
    failed: (share) => say`${from(share)} did not say that it is stopped`,
  },
  'not-listed': {
    proven: () => say`We looked again. It is off the list.`,
    waiting: () => say`Not yet: off the list`,
    'cannot-show': (share) => say`${from(share)} has no list that we can look at`,
    failed: () => say`We looked again. It is still on the list.`,
  },
  closed: {
    proven: (share) => say`Your choices are closed at ${from(share)}. We looked.`,
    waiting: (share) => say`Not yet: your choices are closed at ${from(share)}`,
    'cannot-show': (share) => say`${from(share)} does not show your choices`,
    failed: (share) => say`Your choices are still open at ${from(share)}`,
  },
  'turned-away': {
    proven: (share) => say`${to(share)} asked again and was turned away`,
    waiting: (share) => say`Not yet: ${to(share)} asked again and was turned away`,
    'cannot-show': (share) => say`${from(share)} does not tell who was turned away`,
    failed: (share) => say`${to(share)} asked again and was not turned away`,
  },
};

const happened: Record<Happened, (share: ShareView) => Sentence> = {
  signed: () => say`You signed.`,
  'consent-saved': (share) => say`${from(share)} saved your choices.`,
  'read-back': () => say`We read your choices back. They match.`,
  'id-card-checked': (share) => say`We checked the ID card of ${to(share)}.`,
  allowed: (share) => say`${from(share)} let ${to(share)} get your records.`,
  told: (share) => say`We told ${to(share)} where to ask.`,
  checked: () => say`We checked both sides.`,
  failed: () => say`It did not work.`,
  asked: (share) => say`${to(share)} got records.`,
  'turned-away': (share) => say`${to(share)} asked and was turned away.`,
  'stop-asked': () => say`You asked to stop.`,
  'said-stopped': (share) => say`${from(share)} said: stopped.`,
  'not-listed': () => say`We looked again. It was off the list.`,
  'consent-closed': (share) => say`${from(share)} closed your choices.`,
  'seen-closed': () => say`We looked. Your choices are closed.`,
};

const saidBy: Record<SaidBy, (share: ShareView) => Sentence | null> = {
  us: () => null,
  source: (share) => say`said ${from(share)}`,
  target: (share) => say`said ${to(share)}`,
};

const fact: Record<TruthFact, string> = { what: 'What', until: 'Until', who: 'Who', state: 'State' };

const says: Record<Exclude<Says['says'], 'agrees' | 'differs'>, string> = {
  'does-not-tell': 'Does not tell us',
  'cannot-ask': 'We could not ask',
};

/** Nothing was set up from here, and no hospital was asked yet: nobody is signed in anywhere. */
export function nothingYet(view: SharingView): boolean {
  return view.shares.length === 0 && view.canGet === 0 && view.lists.every(({ freshness }) => freshness.state === 'signed-out' && freshness.asOf === null);
}

/** The title of home: one line for each true thing. `null` is a list that was not read yet. */
function title(view: SharingView | null, failed: boolean, practice = false): string[] {
  if (view === null) return failed ? ['We could not read your shares.'] : ['Looking for who can get your records.'];
  if (practice && nothingYet(view)) return ['Practice with made-up people.', 'No share is set up here yet.'];
  const lines: string[] = [];
  // While a hospital is being asked its last answer stands, so only one that never answered leaves a doubt. The lists
  // are looked at as well as the core's word: a title must be true of what stands below it.
  const asking = view.lists.some((list) => list.freshness.state === 'asking');
  const doubtful = view.lists.some(
    ({ freshness }) =>
      freshness.state === 'stale' ||
      freshness.state === 'signed-out' ||
      (freshness.state === 'asking' && freshness.asOf === null),
  );
  const unsure = doubtful || (view.unsure && !asking);
  const dark = view.lists.length > 0 && view.lists.every((list) => list.freshness.state === 'signed-out');
  if (view.canGet > 0) {
    const places = count(view.canGet, 'place', 'places');
    lines.push(unsure ? `At least ${places} can get your records.` : `${places} can get your records.`);
  } else if (unsure) {
    if (dark) lines.push('Sign in to see who can get your records.');
    else lines.push(asking ? 'Looking for who can get your records.' : 'We cannot tell who can get your records.');
  } else {
    lines.push('No place can get your records.');
  }
  if (view.needYou > 0) lines.push(`${count(view.needYou, 'share needs', 'shares need')} you.`);
  else if (unsure && view.canGet > 0) lines.push('We cannot check all lists.');
  return lines;
}

export const sharing = {
  title,
  practiceLead: 'Let one hospital get the records of a made-up person from another. See who can get them, and stop it again.',
  emptyLead: 'When you set up a share, you see it here, and you can stop it here.',
  newShare: 'Set up a share',
  group: { 'needs-you': 'Needs you', on: 'On', past: 'Past' },
  open: 'Open',
  openShare: (share: ShareView): Sentence => say`Open your share from ${from(share)} to ${to(share)}`,
  fromWord: 'From ',
  toWord: ' to ',
  state: states,
  move,
  kinds: (names: readonly string[]): string => names.join(', '),
  andExact: (n: number): string => `It also lists ${count(n, 'thing', 'things')} that we have no plain word for.`,
  exactTitle: 'The exact words of the hospital',
  ends: (share: ShareView, now: Date): Sentence => {
    if (share.lastDay === null) return [];
    const over = daysLeft(share.lastDay, now) < 0;
    return over ? say`The last day was ${day(share.lastDay)}.` : say`Ends ${day(share.lastDay)}.`;
  },
  lastAsked: (share: ShareView, now: Date): Sentence =>
    share.lastAsked === null ? [] : say`Last asked at ${moment(share.lastAsked, now)}, said ${from(share)}.`,
  arrived: (share: ShareView, now: Date): Sentence => {
    if (share.arrived === null) return [];
    const { total, asOf } = share.arrived;
    if (total === 0) return say`No records have arrived yet, says ${to(share)}, as of ${moment(asOf, now)}.`;
    return say`${count(total, 'record has', 'records have')} arrived, says ${to(share)}, as of ${moment(asOf, now)}.`;
  },
  arrivedKind: (name: string, n: number): string => `${name} ${number(n)}`,
  arrivedTitle: 'What has arrived',
  halfMeaning: (share: ShareView): Sentence => {
    if (share.takingBack) return say`Try again, or sign in where it is asked for.`;
    return stepState(share, 'authorize') === 'done'
      ? say`${to(share)} is allowed now, but does not know it yet.`
      : say`You can finish it or take it back.`;
  },
  firstSeen: (share: ShareView, now: Date): Sentence => {
    const seen = share.firstSeen === null ? [] : say`First seen ${since(share.firstSeen, now)}.`;
    const what = share.kinds.length > 0 || share.otherScopes.length > 0 ? [] : say`${from(share)} did not say what it can see.`;
    return join(seen, what);
  },
  whoCouldItBe: 'It may be from another app that you use, from your family, or from hospital staff.',
  oldView: 'This is what we knew then. It may be out of date.',
  goneMeaning: 'Another app, the hospital, or you at another computer may have done that.',
  signedOn: (share: ShareView, now: Date): Sentence =>
    share.signedAt === null ? [] : say`You signed it at ${moment(share.signedAt, now)}.`,
  statementTitle: 'What you signed',
  notes: (share: ShareView): Sentence => say`What ${from(share)} or ${to(share)} said about it`,

  fresh: {
    asOf: (at: string, now: Date): string => `As of ${moment(at, now)}.`,
    again: 'Check again',
    asking: (names: readonly string[], at: string | null, now: Date): Sentence => {
      const asked = names.flatMap((name, i) => (i === 0 ? [named(name)] : [i === names.length - 1 ? ' and ' : ', ', named(name)]));
      return at === null ? say`Asking ${asked} now.` : say`Asking ${asked} now. This list is from ${moment(at, now)}.`;
    },
    failed: (name: string, trouble: boolean): Sentence =>
      trouble ? say`${named(name)} is having trouble.` : say`We could not reach ${named(name)}.`,
    failedElse: (name: string): Sentence => say`We could not read the list of ${named(name)}.`,
    old: (at: string | null, now: Date): string =>
      at === null
        ? 'We have no list from there, so we cannot tell what it shares.'
        : `This list is from ${moment(at, now)}. It may be out of date.`,
    signedOut: (name: string): Sentence => say`You are signed out of ${named(name)}.`,
    signedOutOld: (at: string | null, now: Date): string =>
      at === null ? 'Sign in to see its list.' : `This list is from ${moment(at, now)}. Sign in to see it as it is now.`,
    signIn: 'Sign in',
    signInTo: (name: string): string => `Sign in to ${name}`,
    none: (name: string, at: string, now: Date): Sentence =>
      say`${named(name)} lists no shares for you. We asked at ${moment(at, now)}.`,
    notOffered: (name: string): Sentence => say`${named(name)} keeps no list, so we cannot ask it.`,
    tryAgain: 'Try again',
  },
  failedLead: 'This does not mean that nothing is shared.',

  truth: {
    caption: 'What you picked, and what each side says',
    picked: 'You picked',
    says: (name: string): Sentence => say`${named(name)} says`,
    fact,
    saysNot: says,
    same: 'Same: ',
    notSame: 'Not the same: ',
  },
  checked: (at: string | null, now: Date): string => (at === null ? 'Not checked yet.' : `Checked at ${moment(at, now)}.`),
  checkNow: 'Check now',
  historyTitle: 'What happened',
  happened,
  saidBy,
  stepsTitle: 'How far it is',

  stop: {
    title: (share: ShareView): Sentence => say`Stop sharing with ${to(share)}?`,
    lines: (share: ShareView): Sentence[] => share.way === 'consent-tokens' || share.way === 'existing-consent' ? [
      say`${to(share)} will not get new records from ${from(share)}.`,
      say`It may keep what it has. To ask about that, call ${to(share)}.`,
      say`Your other shares stay as they are. You can share again later.`,
    ] : [
      say`We close your choices at ${from(share)}. That is all it lets this app do.`,
      share.way === 'filed'
        ? say`${from(share)} does not tell if ${to(share)} still gets records. To be sure, call ${from(share)}.`
        : say`${to(share)} may get records until the last day all the same. To be sure, call ${from(share)}.`,
      say`Your other shares stay as they are.`,
    ],
    keep: 'Keep sharing',
    stop: 'Stop sharing',
    busy: 'Stopping',
  },

  proof: {
    rung,
    reached: (share: ShareView): string =>
      rungsReached(share) === 0 ? 'Nothing is proven yet' : `Proven to step ${rungsReached(share)} of ${share.proof.length}`,
    lead: (share: ShareView, now: Date): Sentence => {
      const off = provenAt(share, 'not-listed');
      if (off !== null) {
        return say`${from(share)} took ${to(share)} off the list. We looked again at ${moment(off, now)} to be sure.`;
      }
      const said = provenAt(share, 'said-so');
      return said === null ? [] : say`${from(share)} said so at ${moment(said, now)}.`;
    },
    turnedAwayWaits: 'We look again while the app is open. You may close it.',
    turnedAwayProven: (share: ShareView): Sentence => say`Said the log of ${from(share)}.`,
    choicesClosed: 'Your choices there are closed too.',
    copies: (share: ShareView): Sentence =>
      say`${to(share)} may keep what it has. It has no way to hear that you stopped. To ask about copies, call ${to(share)}.`,
    done: 'Done',
    details: 'All about this share',
  },
  asked: {
    lead: (share: ShareView): Sentence =>
      share.way === 'filed'
        ? say`We took your choices back at ${from(share)}, and looked. It does not tell if ${to(share)} still gets records.`
        : say`We closed your choices at ${from(share)}, and looked. It keeps no list and has no way to stop from here, so ${to(share)} may still get records.`,
    until: (share: ShareView): Sentence => (share.lastDay === null ? [] : say`It ends by itself after ${day(share.lastDay)}.`),
    phoneTitle: (share: ShareView): Sentence => say`To be sure, call ${from(share)}`,
  },
  notStopped: {
    title: 'NOT stopped.',
    lead: (share: ShareView): Sentence => say`${whyNotStopped(share)} ${to(share)} may still get records.`,
    tryNow: 'Try now',
    trying: 'Trying',
    next: (seconds: number): string =>
      seconds <= 0
        ? 'We keep trying. The next try is now.'
        : seconds < 60
          ? `We keep trying. Next try in ${count(seconds, 'second', 'seconds')}.`
          : `We keep trying. Next try in ${count(Math.ceil(seconds / 60), 'minute', 'minutes')}.`,
    noNext: 'It needs you to try again.',
    phoneTitle: 'Or stop it by phone',
    phone: (share: ShareView): Sentence => say`Call the records office of ${from(share)} and read them this number.`,
    number: 'Read them this number',
    asked: (share: ShareView, now: Date): string =>
      share.stopAskedAt === null ? '' : `You asked to stop at ${moment(share.stopAskedAt, now)}.`,
    stays: 'It stays on your Sharing page until it is stopped.',
  },
  number: (id: string): string => `Number to read on the phone: ${id}`,
  working: 'Working',
  looking: 'Looking it up',
};
