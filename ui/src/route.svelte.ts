// Where the person is: one hash route, typed. Anything unknown is home.

export const flowSteps = ['from-and-to', 'what', 'why-and-how-long', 'sign-in', 'charts', 'check'] as const;
export type FlowStep = (typeof flowSteps)[number];

export type Route =
  | { at: 'welcome' }
  | { at: 'sharing' }
  | { at: 'share'; id: string }
  /** What became of a stop. */
  | { at: 'stop'; id: string }
  | { at: 'hospitals' }
  | { at: 'hospital'; id: string }
  /** Looking for one in the person's hospital lists. */
  | { at: 'find' }
  | { at: 'new'; step: FlowStep }
  /** A share on its way to On, half done, or on since a moment. */
  | { at: 'setting-up'; id: string };

/** The route that a hash names. */
export function parse(hash: string): Route {
  const [place, ...rest] = hash.replace(/^#?\/?/, '').split('/');
  const id = decode(rest[0] ?? '');
  switch (place) {
    case 'welcome':
      return { at: 'welcome' };
    case 'hospitals':
      return id ? { at: 'hospital', id } : { at: 'hospitals' };
    case 'find':
      return { at: 'find' };
    case 'share':
      if (!id) return { at: 'sharing' };
      return rest[1] === 'stop' ? { at: 'stop', id } : { at: 'share', id };
    case 'setting-up':
      return id ? { at: 'setting-up', id } : { at: 'sharing' };
    case 'new':
      return { at: 'new', step: flowSteps.find((step) => step === id) ?? 'from-and-to' };
    default:
      return { at: 'sharing' };
  }
}

/** The hash of a route. */
export function href(to: Route): string {
  switch (to.at) {
    case 'welcome':
    case 'sharing':
    case 'hospitals':
    case 'find':
      return `#/${to.at}`;
    case 'hospital':
      return `#/hospitals/${encodeURIComponent(to.id)}`;
    case 'share':
    case 'setting-up':
      return `#/${to.at}/${encodeURIComponent(to.id)}`;
    case 'stop':
      return `#/share/${encodeURIComponent(to.id)}/stop`;
    case 'new':
      return `#/new/${to.step}`;
  }
}

let now: Route = $state(parse(window.location.hash));
window.addEventListener('hashchange', () => {
  now = parse(window.location.hash);
});

export const route = {
  get now(): Route {
    return now;
  },
};

/** Goes there. `instead` leaves no way back to where the person is now. */
export function go(to: Route, instead = false): void {
  if (instead) {
    window.history.replaceState(null, '', href(to));
    now = to;
  } else {
    window.location.hash = href(to);
    now = to;
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
