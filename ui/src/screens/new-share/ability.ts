// What a hospital must offer to stand at one end of a share.
import type { Ability, AbilityView } from '../../host/bindings';

const needed = {
  from: ['sign-in', 'save-choices', 'share-and-stop'],
  to: ['sign-in', 'get-records'],
} as const satisfies Record<'from' | 'to', readonly Ability[]>;

const telling: Record<'from' | 'to', readonly Ability[]> = {
  from: ['save-choices', 'share-and-stop', 'list-shares', 'tell-who-looked', 'protected-sign-in'],
  to: ['get-records', 'protected-sign-in'],
};

/** Whether a hospital with these abilities can stand at this end. */
export function canBe(end: 'from' | 'to', abilities: readonly AbilityView[]): boolean {
  return needed[end].every((ability) => abilities.some((one) => one.ability === ability && one.offered));
}

/** The abilities that matter at this end, split into what is there and what is not. */
export function abilitiesFor(end: 'from' | 'to', abilities: readonly AbilityView[]): { can: Ability[]; cannot: Ability[] } {
  const has = (ability: Ability) => abilities.some((one) => one.ability === ability && one.offered);
  return { can: telling[end].filter(has), cannot: telling[end].filter((ability) => !has(ability)) };
}
