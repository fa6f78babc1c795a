// What a new share needs to remember between its screens and the core does not keep: what was said of the two charts,
// and the yes that waits in its ten seconds.
import type { ChartsAnswer, DraftStep, Problem, ReviewView } from '../host/bindings';
import { flowSteps, type FlowStep } from '../route.svelte';
import { draft } from './draft.svelte';

/** A yes that was signed and not sent yet. */
export interface Yes {
  review: ReviewView;
  typedName: string;
  charts: ChartsAnswer;
  /** Whether the person wants it in spite of what the ID card shows. */
  anyway: boolean;
}

let charts: ChartsAnswer | null = $state(null);
let yes: Yes | null = $state.raw(null);
/** Whether the share that was set up came to nothing. */
let nothing = $state(false);
let startProblem: Problem | null = $state(null);

export const flow = {
  /** What the person said of the two charts. */
  get charts(): ChartsAnswer | null {
    return charts;
  },
  answerCharts(answer: ChartsAnswer | null): void {
    charts = answer;
  },
  /** The yes in its ten seconds. */
  get yes(): Yes | null {
    return yes;
  },
  sign(next: Yes | null): void {
    yes = next;
    if (next) startProblem = null;
  },
  get nothing(): boolean {
    return nothing;
  },
  cameToNothing(is: boolean): void {
    nothing = is;
  },
  /** Why the last start failed before anything was sent. */
  get startProblem(): Problem | null {
    return startProblem;
  },
  failStart(problem: Problem | null): void {
    startProblem = problem;
  },
  /** Forgets everything about the share that was being made. */
  forget(): void {
    charts = null;
    yes = null;
    startProblem = null;
    draft.forget();
  },
};

const firstScreen: Record<DraftStep, FlowStep> = {
  'from-and-to': 'from-and-to',
  what: 'what',
  'why-and-how-long': 'why-and-how-long',
  'sign-in-from': 'sign-in',
  'sign-in-to': 'sign-in',
  check: 'charts',
};

/** The screen that may be shown when somebody asks for `wanted`: never past the first thing that is missing. */
export function allowed(wanted: FlowStep, next: DraftStep, chartsAnswered: boolean): FlowStep {
  const first = next === 'check' && chartsAnswered ? 'check' : firstScreen[next];
  // Who is signed in to both already is not asked again, also on the way back.
  if (wanted === 'sign-in' && next === 'check') return 'charts';
  return flowSteps.indexOf(wanted) <= flowSteps.indexOf(first) ? wanted : first;
}

/** Which of the five steps at the side a screen belongs to. */
export function sideStep(step: FlowStep): number {
  return { 'from-and-to': 0, what: 1, 'why-and-how-long': 2, 'sign-in': 3, charts: 3, check: 4 }[step];
}
