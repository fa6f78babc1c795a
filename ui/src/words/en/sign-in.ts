// Words around a sign-in on a hospital's own page in the web browser, wherever it was begun.
import { named, say, type Sentence } from '../sentence';

export const signIn = {
  title: (name: string): Sentence => say`Sign in at ${named(name)}, in your web browser.`,
  notOpened: 'No web browser opened by itself. Copy the link, and paste it into your web browser.',
  look: 'At the top of your browser it must say:',
  lookSoon: 'The top of your browser will say:',
  elsewhere: 'Something else there? Do not sign in. Press Cancel.',
  elsewhereSoon: 'Something else there? Do not sign in.',
  copyLink: 'Copy the link',
  copied: 'Link copied',
  copyByHand: 'Copy this link by hand',
  openAgain: 'Open again',
  openedAgain: 'We opened the page again.',
  notOpenedAgain: 'No browser opened. Copy the link.',
  practice: 'Made-up people to sign in as',
  practiceWho: 'Person',
  practiceUser: 'User name',
  practicePassword: 'Password',
};
