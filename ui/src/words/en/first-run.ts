/** Words of the welcome: three facts, one picture, two ways on. */
export const firstRun = {
  /** Three facts, one on each line. */
  title: ['You pick what to share.', 'You pick who gets it.', 'You can stop at any time.'],
  from: 'One hospital',
  to: 'Another',
  over: 'what you pick',
  straight: 'Records go straight from one hospital to the other. This app does not keep a copy.',
  password: 'Your password goes only to the hospital, in your own web browser.',
  setUp: 'Set up a share',
  practice: 'Practice with made-up people',
  practiceBusy: 'Getting practice ready',
  practiceLine: 'In practice nothing is real, and nothing leaves this computer.',
};
