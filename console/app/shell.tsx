import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, Route, Routes, useLocation } from 'react-router';
import { FailureLine } from './act.tsx';
import { Banner } from './banner.tsx';
import { LostBar, SoundLock, useSoundLocked } from './bars.tsx';
import { useNewTypes } from './catalogue.ts';
import { GoTo } from './go-to.tsx';
import { Crashed, Guard } from './guard.tsx';
import { Help } from './help.tsx';
import { useShortcut } from './keyboard.tsx';
import { useEntities } from './live.ts';
import { useBlinking, useReportShown } from './painted.ts';
import { silence } from './ringer.ts';
import { type PageEntry, pages } from './routes.tsx';
import { useCan } from './session.tsx';
import classes from './shell.module.css';

const AlarmPanel = lazy(() => import('../features/alarms/alarm-panel.tsx'));

function Notice({ title, detail }: { title: string; detail?: string }) {
  return (
    <div className={classes.notice}>
      <h1>{title}</h1>
      {detail === undefined ? null : <p>{detail}</p>}
    </div>
  );
}

function Navigation({ shown }: { shown: readonly PageEntry[] }) {
  const { t } = useTranslation(shown.map((page) => page.feature));
  const { pathname } = useLocation();
  const { t: app } = useTranslation('app');
  const [site] = useEntities('site');
  return (
    <nav className={classes.nav} aria-label={app('nav.label')}>
      {shown.map((page) => {
        const current = pathname === page.path || (page.path !== '/' && pathname.startsWith(`${page.path}/`));
        return (
          <Link
            key={page.path}
            to={page.path}
            className={classes.navLink}
            aria-current={current ? 'page' : undefined}
          >
            {t(`${page.feature}:title`)}
          </Link>
        );
      })}
      <span className={classes.site}>{site?.name ?? app('product')}</span>
    </nav>
  );
}

/** Everything around a screen: banner, bars, navigation, alarm panel, go-to and help. */
/** Apart, so that a changed device draws nothing anew. */
function NewTypes() {
  useNewTypes();
  return null;
}

export function Shell() {
  const { t } = useTranslation('app');
  const can = useCan();
  const location = useLocation();
  const locked = useSoundLocked();
  const [overlay, setOverlay] = useState<'goto' | 'help' | null>(null);
  useReportShown();
  useBlinking();
  useShortcut({ code: 'KeyS' }, silence);
  useShortcut({ code: 'KeyK', ctrl: true, always: true }, () => setOverlay('goto'));
  useShortcut({ code: 'Slash', shift: true }, () => setOverlay('help'));
  const shown = pages.filter((page) => can(page.permission));
  const home = shown[0];
  return (
    <>
      <div className={classes.shell} inert={locked}>
        <a className={classes.skip} href="#content">
          {t('nav.skip')}
        </a>
        <NewTypes />
        <Banner />
        <LostBar />
        <FailureLine />
        <div className={classes.body}>
          <Navigation shown={shown} />
          <main className={`${classes.main} gh-scroll`} id="content" tabIndex={-1}>
            <Guard key={location.pathname.split('/')[1]} fallback={(retry) => <Crashed retry={retry} />}>
              <Suspense fallback={<Notice title={t('loading')} />}>
                <Routes>
                  {pages.map(({ pattern, permission, Screen }) => (
                    <Route
                      key={pattern}
                      path={pattern}
                      element={can(permission) ? <Screen /> : <Notice title={t('page.forbidden')} />}
                    />
                  ))}
                  {home === undefined || home.path === '/' ? null : (
                    <Route path="/" element={<Navigate to={home.path} replace />} />
                  )}
                  <Route
                    path="*"
                    element={<Notice title={t('page.missing')} detail={t('page.missingDetail')} />}
                  />
                </Routes>
              </Suspense>
            </Guard>
          </main>
        </div>
        {can('alarms.read') ? (
          <Guard fallback={() => null}>
            <Suspense fallback={null}>
              <AlarmPanel />
            </Suspense>
          </Guard>
        ) : null}
        <GoTo opened={overlay === 'goto'} onClose={() => setOverlay(null)} />
        <Help opened={overlay === 'help'} onClose={() => setOverlay(null)} />
      </div>
      <SoundLock />
    </>
  );
}
