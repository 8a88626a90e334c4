import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Route, Routes, useLocation } from 'react-router';
import { Entrance } from '../features/session/entrance.tsx';
import { SetupPage } from '../features/session/setup-page.tsx';
import { OnceOrSignInPage, SignInPage } from '../features/session/sign-in-page.tsx';
import { useSessionActions } from './session.tsx';
import { Shell } from './shell.tsx';

const WallScreen = lazy(() => import('../features/wall/wall-screen.tsx'));

/** Which of the few whole pages it is: set-up, sign-in, wall, or the shell with everything else. */
export function Gate() {
  const { t } = useTranslation(['app', 'session']);
  const { standing } = useSessionActions();
  const { pathname } = useLocation();
  if (pathname === '/sign-in') return <OnceOrSignInPage />;
  switch (standing.state) {
    case 'asking':
      return null;
    case 'unreachable':
      return (
        <Entrance title={t('session:unreachable')}>
          <div className="gh-hatched">&nbsp;</div>
        </Entrance>
      );
    case 'setup':
      return <SetupPage />;
    case 'signed-out':
      return <SignInPage />;
    case 'signed-in':
      return (
        <Suspense fallback={null}>
          <Routes>
            <Route path="/wall" element={<WallScreen />} />
            <Route path="*" element={<Shell />} />
          </Routes>
        </Suspense>
      );
  }
}
