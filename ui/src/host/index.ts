// The one door to the core. Views come in, requests go out; every answer is typed by the generated contract.
import type { Commands, Event, Problem } from './bindings';

/** What stands behind the window: the app, or the scripted host of the `pretend` mode. */
export interface Host {
  call<Name extends keyof Commands>(name: Name, args: Commands[Name][0]): Promise<Commands[Name][1]>;
  /** Hands over every event; returns how to stop that. */
  listen(act: (event: Event) => void): () => void;
}

let host: Host | undefined;
const listeners = new Set<(event: Event) => void>();

/** Says which host to use, once, before the window is drawn. */
export function use(which: Host): () => void {
  host = which;
  return which.listen((event) => {
    for (const act of [...listeners]) act(event);
  });
}

/** Asks the core. Throws a `Problem`, never anything else. */
export async function call<Name extends keyof Commands>(name: Name, args: Commands[Name][0]): Promise<Commands[Name][1]> {
  if (!host) throw problemFrom(undefined);
  try {
    return await host.call(name, args);
  } catch (thrown) {
    throw problemFrom(thrown);
  }
}

/** Acts on every event of a kind until the returned function is called. */
export function on<Kind extends Event['kind']>(kind: Kind, act: (event: Extract<Event, { kind: Kind }>) => void): () => void {
  const listener = (event: Event) => {
    if (event.kind === kind) act(event as Extract<Event, { kind: Kind }>);
  };
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The problem that was thrown; what is no problem of the core becomes an internal one. */
export function problemFrom(thrown: unknown): Problem {
  if (typeof thrown === 'object' && thrown !== null && 'what' in thrown && 'records' in thrown && 'reference' in thrown) {
    return thrown as Problem;
  }
  return { what: 'internal', ehr: null, said: null, detail: null, records: 'unchanged', turn: 'you', reference: 'L-0000' };
}
