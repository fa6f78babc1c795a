// The signed sentence as the scripted host makes it.
import type { Draft, EhrView, PersonView, Statement } from '../bindings';
import { glossary, kindsInOrder } from './glossary';

const day = (date: string) => new Intl.DateTimeFormat('en-US', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(`${date}T00:00:00Z`));

export function statement(draft: Draft, from: EhrView | undefined, to: EhrView | undefined, who: PersonView | null, lastDay: string | null): Statement {
  const kinds = kindsInOrder(draft.kinds).map((id) => glossary.find((one) => one.view.id === id)?.inSentence ?? id);
  const list = kinds.length > 1 ? `${kinds.slice(0, -1).join(', ')} and ${kinds.at(-1) ?? ''}` : kinds[0];
  const signer = who?.signedInAs ?? who?.name;
  const mine = who?.signedInAs ? 'their' : 'my';
  const why =
    draft.purpose?.why === 'my-care'
      ? `${mine} care`
      : draft.purpose?.why === 'second-opinion'
        ? 'a second opinion'
        : draft.purpose?.why === 'moving-care'
          ? `moving ${mine} care`
          : draft.purpose?.words.trim()
            ? `“${draft.purpose.words.trim()}”`
            : undefined;
  const fixed = (text: string) => ({ text, role: 'fixed' as const });
  const chosen = (text: string | undefined, open: string) => (text ? { text, role: 'chosen' as const } : { text: open, role: 'open' as const });
  return {
    parts: [
      fixed(signer ? `I, ${signer}, let ` : 'I let '),
      chosen(from?.name, 'a hospital'),
      fixed(who?.signedInAs ? ` share ${who.name}’s ` : ' share my '),
      chosen(list, 'records'),
      fixed(' with '),
      chosen(to?.name, 'another hospital'),
      fixed(', for '),
      chosen(why, 'a reason'),
      fixed(', until '),
      chosen(lastDay ? day(lastDay) : undefined, 'a day'),
      fixed('.'),
    ],
  };
}
