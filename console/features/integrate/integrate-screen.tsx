import { type ComponentType, type LazyExoticComponent, lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import type { Permission } from '../../../gateway/contract/permissions.ts';
import { addWords } from '../../app/language.ts';
import { paths } from '../../app/routes.tsx';
import { useCan } from '../../app/session.tsx';
import type { Namespace } from '../../app/words.ts';
import { Screen } from '../../components/panel.tsx';
import classes from './integrate.module.css';
import { integratePartWords } from './part-words.ts';

addWords(integratePartWords);

interface Part {
  /** Its place in the address: `/integrate/<name>`; what stands behind it is the part's own (`useParams().id`). */
  name: string;
  /** Namespace of its words; the word `title` names it. */
  words: PartNamespace;
  permission: Permission;
  Body: LazyExoticComponent<ComponentType>;
}

type PartNamespace = Extract<
  Namespace,
  | 'integrateLinks'
  | 'integrateAdd'
  | 'integrateStrangers'
  | 'integrateLetters'
  | 'integrateExchange'
  | 'integrateInspect'
  | 'integrateTypes'
>;

/** In the order in which they are offered. A part adds one line here, one in part-words.ts, and is loaded when it is first opened. */
const parts: readonly Part[] = [
  {
    name: 'links',
    words: 'integrateLinks',
    permission: 'integrate',
    Body: lazy(() => import('./links-part.tsx')),
  },
  {
    name: 'add',
    words: 'integrateAdd',
    permission: 'integrate',
    Body: lazy(() => import('./add-part.tsx')),
  },
  {
    name: 'strangers',
    words: 'integrateStrangers',
    permission: 'integrate',
    Body: lazy(() => import('./strangers-part.tsx')),
  },
  {
    name: 'letters',
    words: 'integrateLetters',
    permission: 'integrate',
    Body: lazy(() => import('./letters-part.tsx')),
  },
  {
    name: 'exchange',
    words: 'integrateExchange',
    permission: 'devices.write',
    Body: lazy(() => import('./exchange-part.tsx')),
  },
  {
    name: 'inspect',
    words: 'integrateInspect',
    permission: 'integrate',
    Body: lazy(() => import('./inspect-part.tsx')),
  },
  {
    name: 'types',
    words: 'integrateTypes',
    permission: 'integrate',
    Body: lazy(() => import('./types-part.tsx')),
  },
];

/** Where whoever connects devices works: what is wrong on the lines, what was not understood, what is new. */
export default function IntegrateScreen() {
  const { t } = useTranslation(['integrate', ...parts.map(({ words }) => words)]);
  const can = useCan();
  const { part: wanted } = useParams();
  const allowed = parts.filter(({ permission }) => can(permission));
  const current = allowed.find(({ name }) => name === wanted) ?? allowed[0];
  return (
    <Screen
      title={t('integrate:title')}
      aside={
        <nav className={classes.parts} aria-label={t('integrate:parts.label')}>
          {allowed.map((part) => (
            <Link
              key={part.name}
              to={paths.integrate(part.name)}
              aria-current={part === current ? 'page' : undefined}
              className={classes.part}
            >
              {t(`${part.words}:title`)}
            </Link>
          ))}
        </nav>
      }
    >
      <Suspense fallback={null}>{current === undefined ? null : <current.Body />}</Suspense>
    </Screen>
  );
}
