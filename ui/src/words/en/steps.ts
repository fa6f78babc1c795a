// Each step of a share in words, by how far it is: on the way to On, and on the way back.
import type { ShareView, Step, StepState } from '../../host/bindings';
import { say, type Sentence } from '../sentence';
import { from, to } from './share-states';

type Line = (share: ShareView) => Sentence;

/** Steps that leave something behind, which taking back undoes. */
export type LeavesTrace = Extract<Step, 'file-consent' | 'authorize' | 'connect'>;

/** What is true once it is undone, whether that is told on the way back or later. */
const undone: Record<LeavesTrace, Line> = {
  'file-consent': (share) => say`${from(share)} closed your choices`,
  authorize: (share) => say`${from(share)} took its yes back`,
  connect: (share) => say`${to(share)} may remember where to ask, but gets nothing`,
};

/** On the way to On. */
const forward: Record<Step, Record<StepState, Line>> = {
  'file-consent': {
    later: (share) => say`Save your choices at ${from(share)}`,
    doing: (share) => say`${from(share)} is saving your choices`,
    done: (share) => say`${from(share)} saved your choices`,
    failed: (share) => say`${from(share)} did not save your choices`,
    'not-known': (share) => say`We do not know if ${from(share)} saved your choices. We look.`,
    undone: undone['file-consent'],
  },
  'read-back': {
    later: () => say`Read them back`,
    doing: () => say`We are reading them back`,
    done: () => say`We read them back. They match.`,
    failed: () => say`What we read back does not match`,
    'not-known': () => say`We do not know if they match. We look.`,
    undone: () => say`We read them back. They matched.`,
  },
  'check-id-card': {
    later: (share) => say`Check the ID card of ${to(share)}`,
    doing: (share) => say`We are checking the ID card of ${to(share)}`,
    done: (share) => say`We checked the ID card of ${to(share)}`,
    failed: (share) => say`We could not check the ID card of ${to(share)}`,
    'not-known': (share) => say`We do not know yet who ${to(share)} is. We look.`,
    undone: (share) => say`We checked the ID card of ${to(share)}`,
  },
  authorize: {
    later: (share) => say`Let ${from(share)} say yes to ${to(share)}`,
    doing: (share) => say`${from(share)} is saying yes to ${to(share)}`,
    done: (share) => say`${from(share)} said yes to ${to(share)}`,
    failed: (share) => say`${from(share)} did not say yes to ${to(share)}`,
    'not-known': (share) => say`We do not know if ${from(share)} said yes. We look.`,
    undone: undone.authorize,
  },
  connect: {
    later: (share) => say`Tell ${to(share)} where to ask`,
    doing: (share) => say`We are telling ${to(share)} where to ask`,
    done: (share) => say`${to(share)} was told where to ask`,
    failed: (share) => say`${to(share)} did not answer`,
    'not-known': (share) => say`We do not know if ${to(share)} heard us. We look.`,
    undone: undone.connect,
  },
  confirm: {
    later: () => say`Check both sides`,
    doing: () => say`We are checking both sides`,
    done: () => say`We checked both sides`,
    failed: () => say`We could not check both sides`,
    'not-known': () => say`We do not know yet how both sides are. We look.`,
    undone: () => say`We checked both sides`,
  },
};

/** On the way back. A step that was never begun, or that certainly did not happen, has nothing to undo. */
const back: Record<LeavesTrace, Record<StepState, Line>> = {
  'file-consent': {
    later: (share) => say`${from(share)} was never asked to save your choices`,
    doing: (share) => say`${from(share)} is closing your choices`,
    done: (share) => say`Close your choices at ${from(share)}`,
    failed: (share) => say`${from(share)} had not saved your choices: nothing to undo`,
    'not-known': forward['file-consent']['not-known'],
    undone: undone['file-consent'],
  },
  authorize: {
    later: (share) => say`${from(share)} was never asked to say yes`,
    doing: (share) => say`${from(share)} is taking its yes back`,
    done: (share) => say`Let ${from(share)} take its yes back`,
    failed: (share) => say`${from(share)} had not said yes: nothing to undo`,
    'not-known': forward.authorize['not-known'],
    undone: undone.authorize,
  },
  connect: {
    later: (share) => say`${to(share)} was never told where to ask`,
    doing: (share) => say`${to(share)} will get nothing any more`,
    done: (share) => say`${to(share)} still knows where to ask`,
    failed: (share) => say`${to(share)} did not hear where to ask: nothing to undo`,
    'not-known': (share) => say`We do not know if ${to(share)} knows where to ask. It gets nothing without the yes.`,
    undone: undone.connect,
  },
};

export const steps = { forward, back, label: 'What was done' };
