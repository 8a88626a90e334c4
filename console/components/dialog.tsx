import { Modal, type ModalProps } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** A dialog over the screen, for what was asked for by hand (alarms never open one); its close button has its word. */
export function Dialog(props: ModalProps) {
  const { t } = useTranslation('app');
  return <Modal closeButtonProps={{ 'aria-label': t('action.close') }} {...props} />;
}
