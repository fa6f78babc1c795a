// What went wrong, in plain words: what happened, what it means for the records, whose turn it is.
// Bad news first. The hospital's own words are quoted, never mixed in.
import type { Problem, Records, Turn, What } from '../../host/bindings';

export interface ProblemWords {
  /** One sentence: what happened. */
  title: string;
  /** What can be done, or what it means. */
  text: string;
}

const who = (p: Problem) => p.ehr ?? 'The hospital';
const whom = (p: Problem) => p.ehr ?? 'the hospital';

const what: Record<What, (p: Problem) => ProblemWords> = {
  'not-secure': () => ({
    title: 'This address is not safe to use.',
    text: 'It must start with https. Ask the hospital for its secure address.',
  }),
  'not-an-address': () => ({ title: 'This is not a web address.', text: 'A web address looks like https://hospital.example/fhir.' }),
  'not-an-ehr': () => ({
    title: 'We found no hospital records at this address.',
    text: 'Check the address, or ask the hospital for the address of its patient records.',
  }),
  'not-a-list': () => ({
    title: 'We found no list of hospitals at this address.',
    text: 'Check the address, or ask who gave it to you.',
  }),
  'not-a-certificate': () => ({
    title: 'This is not a certificate that can confirm hospitals.',
    text: 'It begins with BEGIN CERTIFICATE. Ask who runs the list for it, or leave it empty.',
  }),
  'not-public': (p) => ({
    title: `We cannot see what ${whom(p)} can do.`,
    text: 'It tells only those who are signed in. Ask the hospital to tell everybody: this app must know before you sign in.',
  }),
  'other-version': (p) => ({
    title: `This app does not understand ${whom(p)} yet.`,
    text: `Its computers speak version ${p.detail ?? '?'} of the language for health records. This app speaks 3.0, 4.0, 4.3 and 5.0.`,
  }),
  'settings-contradict': (p) => ({
    title: `The settings of ${whom(p)} do not fit together.`,
    text: 'We stopped to be safe. The hospital’s computer staff must look at it.',
  }),
  'sign-in-too-weak': (p) => ({
    title: `The sign-in at ${whom(p)} is not protected well enough.`,
    text: 'We do not send you there. The hospital’s computer staff must change it.',
  }),
  unreachable: (p) => ({
    title: `We could not reach ${whom(p)}.`,
    text: 'You may not be online, or the hospital may be down. It is not your password.',
  }),
  'not-trusted': (p) => ({
    title: `We could not be sure that this is ${whom(p)}, so we stopped.`,
    text: 'Its security certificate did not check out.',
  }),
  'ehr-trouble': (p) => ({ title: `${who(p)} is having trouble.`, text: 'It is not your password and not your computer.' }),
  'too-busy': (p) => ({
    title: `${who(p)} is busy.`,
    text: p.detail ? `It asks us to wait until ${p.detail}.` : 'It asks us to wait a little.',
  }),
  'sent-elsewhere': (p) => ({ title: `${who(p)} tried to send us to another address.`, text: 'We did not go there.' }),
  unreadable: (p) => ({ title: `We could not read the answer of ${whom(p)}.`, text: 'Its computers answered in a way that we do not know.' }),
  'sign-in-cancelled': () => ({ title: 'You said no on the sign-in page.', text: 'That is fine. Your choices are saved here.' }),
  'sign-in-timed-out': () => ({ title: 'You were away too long.', text: 'Your choices are saved. You can sign in again.' }),
  'sign-in-refused': (p) => ({ title: `${who(p)} did not let you sign in.`, text: 'Ask the hospital why, and if you may use apps there.' }),
  'app-unknown': (p) => ({ title: `${who(p)} does not know this app yet.`, text: 'Its computer staff must add the app first.' }),
  'app-secret-missing': (p) => ({
    title: p.ehr ? `This computer does not have what the app needs to show at ${p.ehr}.` : 'This computer cannot keep the keys of this app.',
    text: 'Unlock its keyring, then try again. If it was never there, the hospital’s computer staff must give it once more.',
  }),
  'registration-refused': (p) => ({ title: `${who(p)} did not add this app.`, text: 'Its computer staff may have to do it by hand.' }),
  'ports-taken': (p) => ({
    title: 'Another program is in the way of signing in.',
    text: p.detail
      ? `The hospital answers only at these places on this computer, and all are taken: ${p.detail}. Close other programs or restart the computer, then try again.`
      : 'Close other programs or restart the computer, then try again.',
  }),
  'sign-in-mixed-up': (p) => ({
    title: 'The answer did not come from where you went.',
    text: `We threw it away. Go to ${whom(p)} only from here, and do not follow links from elsewhere.`,
  }),
  'sign-in-not-confirmed': (p) => ({ title: `We could not be sure who answered for ${whom(p)}.`, text: 'We threw the answer away to be safe.' }),
  'sign-in-needed': (p) => ({ title: `You need to sign in at ${whom(p)} again.`, text: 'Hospitals end sign-ins after a while.' }),
  'scopes-short': (p) => ({
    title: `${who(p)} let you in, but not for everything that this needs.`,
    text: p.detail ? `This is missing: ${p.detail}. Sign in again and say yes to it, or share fewer kinds.` : 'Sign in again and say yes to all of it, or share fewer kinds.',
  }),
  'no-patient': (p) => ({ title: `${who(p)} did not say whose records these are.`, text: 'Ask the hospital if your account is tied to your chart.' }),
  'different-patient': (p) => ({
    title: `This is another person than before at ${whom(p)}.`,
    text: 'Sign in there as the person this share is for.',
  }),
  'two-people': () => ({
    title: 'These are two different people.',
    text: 'The records would land in the wrong chart. If it is a mistake in one chart, ask that hospital to fix it.',
  }),
  'clock-wrong': (p) => ({
    title: p.detail ? `The clock of this computer is ${p.detail} off.` : 'The clock of this computer is wrong.',
    text: 'Set the clock, then try again.',
  }),
  'no-id-card': (p) => ({ title: `${who(p)} could not show its ID card.`, text: 'Without it, nobody can be sure who gets your records.' }),
  'id-card-wrong': (p) => ({ title: `The ID card of ${whom(p)} does not check out.`, text: 'We stopped, so that nobody else gets your records.' }),
  'id-card-changed': (p) => ({ title: `${who(p)} changed its ID card since you looked.`, text: 'Look at it again before you say yes.' }),
  'consent-refused': (p) => ({ title: `${who(p)} did not take these choices.`, text: 'Try fewer kinds or a shorter time, or ask the hospital.' }),
  'consent-differs': (p) => ({ title: `${who(p)} saved something else than you signed.`, text: 'We stopped and took it back.' }),
  'authorize-refused': (p) => ({ title: `${who(p)} said no to this share.`, text: 'Ask the hospital why. Your choices are saved here.' }),
  'connect-refused': (p) => ({
    title: `${who(p)} did not say yes.`,
    text: 'It is allowed to get the records, but does not know it. You can finish this or take it back.',
  }),
  'not-confirmed': (p) => ({ title: `We do not know if ${whom(p)} got the message.`, text: 'We are going to look.' }),
  'still-listed': (p) => ({ title: `${who(p)} said stopped, but still lists it.`, text: 'Call the hospital and ask it to stop this share.' }),
  'do-not-fit': (p) => ({
    title: `${who(p)} and ${p.detail ?? 'the other hospital'} share in different ways.`,
    text: 'Neither understands the other, so they cannot share with each other yet. Ask for the paper form.',
  }),
  'cannot-receive': (p) => ({
    title: `${who(p)} cannot be told to get records from elsewhere yet.`,
    text: 'Look on its own page for a way to bring your records over. Or ask for its paper form.',
  }),
  'not-offered': (p) => ({ title: `${who(p)} cannot do this online yet.`, text: 'Ask the hospital for its paper form.' }),
  'not-allowed': (p) => ({ title: `${who(p)} does not allow this for your account.`, text: 'Ask the hospital what your account may do.' }),
  gone: (p) => ({ title: `${who(p)} does not have this any more.`, text: 'Check again to see how things are now.' }),
  'already-shared': (p) => ({
    title: 'This hospital already gets records under that permission.',
    text: `You can see it in your list, and stop it there. Nothing was changed at ${whom(p)}.`,
  }),
  'changed-meanwhile': () => ({ title: 'This changed while you were looking at it.', text: 'Look at it again before you go on.' }),
  'form-incomplete': () => ({ title: 'An answer is missing.', text: 'Look over the form once more.' }),
  'disk-trouble': () => ({ title: 'This computer could not write it down.', text: 'The disk may be full. Make room, then try again.' }),
  internal: () => ({ title: 'Something in this app went wrong.', text: 'Try again. If it comes back, tell a helper the code.' }),
};

export const problem = {
  what,
  records: {
    'nothing-shared': () => 'Nothing was shared.',
    'already-allowed': (p) => `${p.ehr ?? 'The other hospital'} is already allowed to get them, but does not know it.`,
    'still-shared': () => 'They are still shared.',
    'not-known': () => 'Nobody can tell right now.',
    unchanged: () => 'Nothing changed.',
  } satisfies Record<Records, (p: Problem) => string>,
  turn: {
    you: () => 'Yours.',
    hospital: (p) => (p.ehr ? `The staff of ${p.ehr}.` : 'The staff of the hospital.'),
    wait: () => 'Nobody’s. Wait a little.',
  } satisfies Record<Turn, (p: Problem) => string>,
  recordsLabel: 'Your records',
  turnLabel: 'Whose turn',
  youCan: 'You can',
  said: (ehr: string | null, words: string) => `${ehr ?? 'The hospital'} said: “${words}”`,
  code: 'Code',
  copyForHelper: 'Copy for a helper',
  copied: 'Copied',
  forHelper: (p: Problem) => `Consentry ${p.reference} (${p.what})${p.ehr ? `, ${p.ehr}` : ''}${p.detail ? `, ${p.detail}` : ''}${p.said ? `, “${p.said}”` : ''}`,
};
