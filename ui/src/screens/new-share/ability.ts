// What a hospital must offer to stand at one end of a share.
import type { Ability, AbilityView } from '../../host/bindings';

/** The two ends of a share. */
export type End = 'from' | 'to';

const needed = {
  from: ['sign-in', 'save-choices'],
  to: ['sign-in', 'get-records'],
} as const satisfies Record<End, readonly Ability[]>;

const telling: Record<End, readonly Ability[]> = {
  from: ['save-choices', 'share-and-stop', 'list-shares', 'tell-who-looked', 'protected-sign-in'],
  to: ['get-records', 'protected-sign-in'],
};

/** Whether a hospital with these abilities can stand at this end. One that only keeps choices on file needs nothing of the other. */
export function canBe(end: End, abilities: readonly AbilityView[], fromFilesOnly = false): boolean {
  return (fromFilesOnly ? (['sign-in'] as const) : needed[end]).every((ability) => abilities.some((one) => one.ability === ability && one.offered));
}

/** The abilities that matter at this end, there or not. */
export function abilitiesFor(end: End, abilities: readonly AbilityView[]): AbilityView[] {
  return telling[end].map((ability) => ({ ability, offered: abilities.some((one) => one.ability === ability && one.offered) }));
}
