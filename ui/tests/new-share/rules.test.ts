import { describe, expect, it } from 'vitest';

import type { ShareView, StepState } from '../../src/host/bindings';
import { abilities } from '../../src/host/pretend/ehrs';
import { share, steps } from '../../src/host/pretend/shares';
import { backLadder, newest, stepLadder } from '../../src/kit/ladders';
import { abilitiesFor, canBe } from '../../src/screens/new-share/ability';
import { isPossible, isoDay, latestDay } from '../../src/screens/new-share/dates';
import { difference } from '../../src/screens/new-share/difference';
import { isSignature } from '../../src/screens/new-share/signature';
import { allowed, sideStep } from '../../src/state/flow.svelte';
import { plain } from '../../src/words/sentence';

const said = (of: ShareView) => stepLadder(of).map((rung) => plain(rung.words));

describe('the order of the flow', () => {
  it('lets nobody past the first thing that is missing', () => {
    expect(allowed('check', 'from-and-to', true)).toBe('from-and-to');
    expect(allowed('charts', 'sign-in-to', true)).toBe('sign-in');
    expect(allowed('check', 'check', false)).toBe('charts');
  });

  it('lets everybody go back', () => {
    expect(allowed('what', 'check', true)).toBe('what');
    expect(allowed('check', 'check', true)).toBe('check');
    expect(allowed('sign-in', 'check', true)).toBe('charts');
  });

  it('shows the charts under "Sign in to both"', () => {
    expect(sideStep('charts')).toBe(sideStep('sign-in'));
  });
});

describe('the signature', () => {
  it('is the name, whatever the spaces and capitals', () => {
    expect(isSignature('  paul   TINDALL ', 'Paul Tindall')).toBe(true);
  });
  it('is the first and the last word of a name of three, in any order', () => {
    for (const typed of ['Paul Tindall', 'tindall, paul', 'Tindall Paul Everett', 'Paul Everett Tindall'])
      expect(isSignature(typed, 'Paul Everett Tindall'), typed).toBe(true);
    expect(isSignature('Jose Nunez', 'José Ramón Núñez')).toBe(true);
  });
  it('is never a single word of a longer name, nor a name with a word too many', () => {
    for (const typed of ['Paul', 'Tindall', 'Everett', 'Paul Tindall Junior']) expect(isSignature(typed, 'Paul Everett Tindall'), typed).toBe(false);
  });
  it('is not a part of the name, another name, or nothing', () => {
    for (const typed of ['Paul', 'Paul Tindal', '', '   ']) expect(isSignature(typed, 'Paul Tindall')).toBe(false);
    expect(isSignature('', '')).toBe(false);
  });
});

describe('the last day', () => {
  const today = new Date(2026, 1, 28, 23, 30);
  it('is from today to two years ahead', () => {
    expect(isoDay(today)).toBe('2026-02-28');
    expect(isPossible('2026-02-28', today)).toBe(true);
    expect(isPossible(latestDay(today), today)).toBe(true);
  });
  it('is never in the past, further ahead, or half typed', () => {
    for (const day of ['2026-02-27', '2028-02-29', '2026-3-1', '']) expect(isPossible(day, today)).toBe(false);
  });
});

describe('the comparison of two names', () => {
  it('marks the letters that differ', () => {
    expect(difference('Maria Lopez', 'Maria Lopes')).toEqual({ before: 'Maria Lope', changed: 'z', after: '' });
    expect(difference('Jon', 'John')).toEqual({ before: 'Jo', changed: '', after: 'n' });
    expect(difference('aa', 'aaa')).toEqual({ before: 'aa', changed: '', after: '' });
  });
});

describe('the ends of a share', () => {
  it('need what they do there', () => {
    expect(canBe('from', abilities('get-records'))).toBe(true);
    expect(canBe('from', abilities('save-choices'))).toBe(false);
    expect(canBe('to', abilities('save-choices', 'share-and-stop'))).toBe(true);
    expect(canBe('to', abilities('get-records'))).toBe(false);
  });
  it('tell what is missing', () => {
    const cannot = abilitiesFor('from', abilities('tell-who-looked')).filter((one) => !one.offered);
    expect(cannot.map((one) => one.ability)).toEqual(['tell-who-looked']);
  });
});

describe('the steps of a share', () => {
  const setUp = share('s', 'setting-up', [], { steps: steps(3) });

  it('are told in the past tense when done, with who did it', () => {
    expect(said(setUp)[0]).toBe('Spruce Harbor Clinic saved your choices');
    expect(said(setUp)[3]).toBe('Spruce Harbor Clinic is saying yes to Tern Bay Hospital');
    expect(stepLadder(setUp).map((rung) => rung.how)).toEqual(['done', 'done', 'done', 'now', 'later', 'later']);
    expect(newest(setUp)).toBe('Spruce Harbor Clinic is saying yes to Tern Bay Hospital');
  });

  it('give a time only to what happened', () => {
    expect(stepLadder(setUp).map((rung) => rung.at !== undefined)).toEqual([true, true, true, true, false, false]);
  });

  it('are undone backwards, and only where something was left', () => {
    const back = share('s', 'setting-up', [], {
      takingBack: true,
      steps: [
        { step: 'file-consent', state: 'doing', at: null },
        { step: 'read-back', state: 'done', at: null },
        { step: 'authorize', state: 'undone', at: new Date().toISOString() },
        { step: 'connect', state: 'later', at: null },
      ],
    });
    expect(said(back)).toEqual(['Spruce Harbor Clinic took its yes back', 'Spruce Harbor Clinic is closing your choices']);
    expect(newest(back)).toBe('Spruce Harbor Clinic is closing your choices');
  });

  it('say of the target only that it gets nothing, because nobody can make it forget', () => {
    const connect = (state: StepState) => said(share('s', 'setting-up', [], { takingBack: true, steps: [{ step: 'connect', state, at: null }] }));
    expect(connect('done')).toEqual(['Tern Bay Hospital still knows where to ask']);
    expect(connect('doing')).toEqual(['Tern Bay Hospital will get nothing any more']);
    expect(connect('undone')).toEqual(['Tern Bay Hospital may remember where to ask, but gets nothing']);
  });

  it('have nothing to undo where they did not happen or were never begun', () => {
    const back = share('s', 'setting-up', [], { takingBack: true, steps: steps(3, 'failed') });
    expect(said(back)).toEqual(['Spruce Harbor Clinic had not said yes: nothing to undo', 'Close your choices at Spruce Harbor Clinic']);
    expect(stepLadder(back).map((rung) => rung.how)).toEqual(['cannot', 'later']);
    expect(backLadder(share('s', 'nothing-shared', [], { steps: steps(0, 'later') }))).toEqual([]);
  });
});
