// What the whole window knows: the app's view and the glossary. Copies of the core's views, renewed by its events.
import { call, on, problemFrom } from '../host';
import type { AppView, EhrView, Kind, KindView, Mode, Problem } from '../host/bindings';

let view: AppView | null = $state(null);
let glossary: KindView[] = $state([]);
let problem: Problem | null = $state(null);
let switching = $state(false);

export const app = {
  /** `null` until the first answer. */
  get view(): AppView | null {
    return view;
  },
  get glossary(): KindView[] {
    return glossary;
  },
  /** Why the app's view could not be had. */
  get problem(): Problem | null {
    return problem;
  },
  /** Whether the change between real and practice is under way. */
  get switching(): boolean {
    return switching;
  },
  get practice(): boolean {
    return view?.mode === 'practice';
  },
  get ehrs(): EhrView[] {
    return view?.ehrs ?? [];
  },
  ehr(id: string | null): EhrView | undefined {
    return view?.ehrs.find((ehr) => ehr.id === id);
  },
  /** The glossary's name of a kind. */
  kind(id: Kind): string {
    return glossary.find((kind) => kind.id === id)?.name ?? id;
  },
  kinds(ids: readonly Kind[]): string[] {
    return glossary.filter((kind) => ids.includes(kind.id)).map((kind) => kind.name);
  },
  /** Takes over a view that a command answered with. */
  take(next: AppView): void {
    view = next;
  },
  /** Takes over the view of one hospital. */
  takeEhr(ehr: EhrView): void {
    if (!view) return;
    const known = view.ehrs.some((one) => one.id === ehr.id);
    view = { ...view, ehrs: known ? view.ehrs.map((one) => (one.id === ehr.id ? ehr : one)) : [...view.ehrs, ehr] };
  },
  async load(): Promise<void> {
    try {
      const [nextView, nextGlossary] = await Promise.all([call('app_view', null), glossary.length > 0 ? glossary : call('glossary', null)]);
      view = nextView;
      glossary = nextGlossary;
      problem = null;
    } catch (thrown) {
      problem = problemFrom(thrown);
    }
  },
  /** Changes between real and practice. Throws a `Problem`. */
  async setMode(mode: Mode): Promise<void> {
    switching = true;
    try {
      view = await call('mode_set', { mode });
    } finally {
      switching = false;
    }
  },
};

/** Keeps the view up to date for as long as the window lives. */
export function followApp(): () => void {
  const stops = [on('ehrs-changed', () => void app.load()), on('sign-in-changed', () => void app.load())];
  return () => stops.forEach((stop) => stop());
}
